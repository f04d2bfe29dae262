import { IconFile, IconFileTypePdf, IconFileZip, IconPhoto, IconTable } from "@tabler/icons-react";
import { fileSize } from "@/lib/time";
import { isPicture } from "../display";
import { useT } from "../messages";
import type { Attachment } from "../types";
import classes from "./Items.module.css";

const SMALL_PICTURE = 5_000_000;

/** The files of a message: pictures as pictures, the rest by name, kind and size. */
export function Files({ files }: { files: readonly Attachment[] }) {
  const t = useT();
  const shown = files.filter((f) => !f.inline);
  if (shown.length === 0) return null;
  return (
    <ul className={classes.files} aria-label={t("attachments", { count: shown.length })}>
      {shown.map((file) => (
        <li key={file.id}>
          <a href={file.url} className={classes.file} target="_blank" rel="noopener" download={isPicture(file.contentType) ? undefined : file.name} aria-label={t("download", { name: file.name })}>
            <Thumb file={file} />
            <span className={classes.fileName}>{file.name}</span>
            <span className={classes.fileSize}>{fileSize(file.size)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Thumb({ file }: { file: Attachment }) {
  const type = file.contentType;
  if (isPicture(type) && file.size < SMALL_PICTURE) return <img src={file.url} alt="" loading="lazy" className={classes.thumb} />;
  const Icon = isPicture(type) ? IconPhoto : type === "application/pdf" ? IconFileTypePdf : /zip|compressed|tar/.test(type) ? IconFileZip : /sheet|excel|csv/.test(type) ? IconTable : IconFile;
  return <span className={classes.kind}><Icon size={18} stroke={1.5} aria-hidden /></span>;
}
