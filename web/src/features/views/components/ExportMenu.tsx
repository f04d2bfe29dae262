import { IconDownload } from "@tabler/icons-react";
import { useCommands } from "@/lib/commands";
import { useMe } from "@/lib/me";
import { IconButton, Menu } from "@/ui";
import { exportList, type Format } from "../exporting";
import type { ListSpec } from "../filters";
import { useT } from "../messages";

/** Takes the list along as a file. */
export function ExportMenu({ spec, name }: { spec: ListSpec; name: string }) {
  const t = useT();
  const me = useMe();
  const may = me.seat === "service" || me.superAdmin;
  const entries = ([["CSV", t("exportCSV")], ["XLSX", t("exportXLSX")]] as [Format, string][]).map(([format, label]) => ({ format, label, run: () => void exportList(spec, name, format) }));
  useCommands(may ? entries.map((e) => ({ id: `export-${e.format}`, label: e.label, group: t("scopeList"), words: "export download", run: e.run })) : []);
  if (!may) return null;
  return <Menu align="start" width={232} trigger={<IconButton label={t("export")}><IconDownload size={16} /></IconButton>} groups={[{ label: t("export"), entries }]} />;
}
