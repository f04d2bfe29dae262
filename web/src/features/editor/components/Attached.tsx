import { IconFile, IconX } from "@tabler/icons-react";
import { fileSize } from "@/lib/time";
import { IconButton, Progress } from "@/ui";
import { useT } from "../messages";
import type { Upload, Uploaded } from "../uploads";
import classes from "./Editor.module.css";

interface Props {
  files: readonly Uploaded[];
  uploads: readonly Upload[];
  onRemove: (id: string) => void;
  onCancel: (key: string) => void;
}

/** Files that go along, and those still on their way. */
export function Attached({ files, uploads, onRemove, onCancel }: Props) {
  const t = useT();
  if (files.length + uploads.length === 0) return null;
  return (
    <ul className={classes.files} aria-label={t("files")}>
      {files.map((f) => (
        <li key={f.id} className={classes.file}>
          <IconFile size={14} aria-hidden />
          <a href={f.url} target="_blank" rel="noopener">{f.name}</a>
          <small>{fileSize(f.size)}</small>
          <IconButton label={t("removeFile", { name: f.name })} onClick={() => onRemove(f.id)}><IconX size={14} /></IconButton>
        </li>
      ))}
      {uploads.map((u) => (
        <li key={u.key} className={classes.file} data-failed={u.error !== null || undefined}>
          <IconFile size={14} aria-hidden />
          <span>{u.name}</span>
          {u.error === null ? (
            <Progress value={u.progress} label={t("uploadProgress", { name: u.name, percent: Math.round(u.progress * 100) })} />
          ) : <small role="alert">{u.error}</small>}
          <IconButton label={t("cancelUpload", { name: u.name })} onClick={() => onCancel(u.key)}><IconX size={14} /></IconButton>
        </li>
      ))}
    </ul>
  );
}
