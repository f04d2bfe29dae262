import { ApiError, api, address, type Answers } from "@/lib/api";
import { dismiss, retell, toast, toastError } from "@/ui";
import type { ListSpec } from "./filters";
import { t } from "./messages";
import { progressOf } from "./progress";

export type Format = "CSV" | "XLSX";
type Export = Answers["GET /exports/{id}"];

const FIRST_MS = 400;
const LONGEST_MS = 5_000;

/** Takes along what a list shows, as a file (IMP-3): it is made on the server, and fetched when it is ready. Goes on while one looks at other pages. */
export async function exportList(spec: ListSpec, name: string, format: Format): Promise<void> {
  try {
    const begun = await api.post<Answers["POST /exports"]>("/exports", {
      name, format, view: spec.view, filterGroups: spec.filters.length ? [{ filters: spec.filters }] : [], query: spec.query || undefined, sorts: [spec.sort],
    });
    const cancel = () => void api.post(`/exports/${begun.id}/cancel`).catch(toastError);
    const note = toast(t("exporting", { name }), { stays: true, action: { label: t("cancel"), run: cancel } });
    const ended = await watch(begun, (it) => retell(note, progressOf(it, name))).finally(() => dismiss(note));
    if (ended.state === "FAILED") toast(t("exportFailed", { why: ended.says }), { tone: "danger" });
    if (ended.state !== "DONE") return;
    fetchFile(ended.id);
    toast(t("exported", { count: ended.records }));
  } catch (error) {
    toastError(error);
  }
}

/** Asks how far it is, less and less often; while there is no connection it waits for one. */
async function watch(it: Export, tell: (it: Export) => void): Promise<Export> {
  for (let pause = FIRST_MS; it.state === "ENQUEUED" || it.state === "PROCESSING"; pause = Math.min(pause * 1.5, LONGEST_MS)) {
    await new Promise((next) => setTimeout(next, pause));
    try {
      it = await api.get<Export>(`/exports/${it.id}`);
    } catch (error) {
      if (!(error instanceof ApiError && error.offline)) throw error;
    }
    tell(it);
  }
  return it;
}

function fetchFile(id: string): void {
  const link = document.createElement("a");
  link.href = address(`/exports/${id}/file`);
  link.download = "";
  link.click();
}
