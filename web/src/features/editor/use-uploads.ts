import { useEffect, useRef, useState } from "react";
import { explain } from "@/lib/api";
import { fileSize } from "@/lib/time";
import { toast } from "@/ui";
import { useT } from "./messages";
import { endUpload, failUpload, moveUpload, refuseFile, sendFile, startUpload, type Upload, type Uploaded } from "./uploads";

/** Together, before encoding; mail servers rarely take more than 25 MB encoded. */
const MOST = 20_000_000;

/** Files on their way: started together, each with its progress, each can be called off. */
export function useUploads(attached: readonly Uploaded[], done: (file: Uploaded, inText: boolean) => void) {
  const t = useT();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const running = useRef(new Map<string, AbortController>());
  const next = useRef(1);
  useEffect(() => {
    const all = running.current;
    return () => all.forEach((c) => c.abort());
  }, []);

  const one = async (file: File, inText: boolean) => {
    const key = String(next.current++);
    const control = new AbortController();
    running.current.set(key, control);
    setUploads((list) => startUpload(list, key, file));
    try {
      const made = await sendFile(file, (part) => setUploads((list) => moveUpload(list, key, part)), control.signal);
      setUploads((list) => endUpload(list, key));
      done({ ...made, inline: inText }, inText);
    } catch (error) {
      if (control.signal.aborted) setUploads((list) => endUpload(list, key));
      else setUploads((list) => failUpload(list, key, explain(error)));
    } finally {
      running.current.delete(key);
    }
  };

  const add = (files: Iterable<File>, inText = false) => {
    let total = [...attached, ...uploads].reduce((sum, f) => sum + f.size, 0);
    for (const file of files) {
      const no = refuseFile(file, total, MOST);
      if (no) toast(no === "empty" ? t("emptyFile", { name: file.name }) : t("fileTooLarge", { name: file.name, most: fileSize(MOST) }), { tone: "danger" });
      else {
        total += file.size;
        void one(file, inText && file.type.startsWith("image/"));
      }
    }
  };
  const cancel = (key: string) => {
    running.current.get(key)?.abort();
    setUploads((list) => endUpload(list, key));
  };
  return { uploads, add, cancel, busy: uploads.some((u) => u.error === null) };
}
