import { useState } from "react";
import { Picker } from "@/ui";
import { useT } from "../messages";
import { sameRecipients, tidy, type Address } from "../recipients";
import type { Content, EditorProps } from "../types";
import classes from "./Editor.module.css";
import { PeopleField } from "./PeopleField";

interface Props extends Pick<EditorProps, "threads" | "channels" | "recipientsFor" | "searchPeople"> {
  content: Content;
  onChange: (part: Partial<Content>) => void;
}

/** To, Cc, Bcc, and where it goes out: the thread that is answered, or a channel for a first message. */
export function ReplyHead({ threads, channels, recipientsFor, searchPeople, content, onChange }: Props) {
  const t = useT();
  const [more, setMore] = useState({ cc: false, bcc: false });
  const set = (field: "to" | "cc" | "bcc") => (list: Address[]) => onChange(tidy({ to: content.to, cc: content.cc, bcc: content.bcc, [field]: list }));
  const show = (field: "cc" | "bcc") => more[field] || content[field].length > 0;
  const choose = (value: string) => {
    const [kind, id = ""] = value.split(":");
    const threadId = kind === "thread" ? id : null;
    const untouched = sameRecipients(content, recipientsFor(content.threadId));
    onChange({ threadId, channelId: kind === "channel" ? id : null, ...(untouched && recipientsFor(threadId)) });
  };
  const roads = [
    ...threads.map((th) => ({ value: `thread:${th.id}`, label: th.address || th.label, note: threads.length > 1 ? th.label : undefined })),
    ...channels.filter((c) => !threads.some((th) => th.channelId === c.id)).map((c) => ({ value: `channel:${c.id}`, label: c.address || c.name, note: c.name })),
  ];
  const road = content.threadId ? `thread:${content.threadId}` : content.channelId ? `channel:${content.channelId}` : roads[0]?.value;
  return (
    <div className={classes.people}>
      <div className={classes.peopleRow}>
        <PeopleField label={t("to")} list={content.to} onChange={set("to")} search={searchPeople} />
        <span className={classes.addField}>
          {!show("cc") && <button type="button" onClick={() => setMore({ ...more, cc: true })}>{t("addCc")}</button>}
          {!show("bcc") && <button type="button" onClick={() => setMore({ ...more, bcc: true })}>{t("addBcc")}</button>}
          {roads.length > 1 && <Picker quiet label={t("from")} choices={roads} value={road ?? null} onChange={choose} />}
        </span>
      </div>
      {show("cc") && <div className={classes.peopleRow}><PeopleField label={t("cc")} list={content.cc} onChange={set("cc")} search={searchPeople} start={more.cc} /></div>}
      {show("bcc") && <div className={classes.peopleRow}><PeopleField label={t("bcc")} list={content.bcc} onChange={set("bcc")} search={searchPeople} start={more.bcc} /></div>}
    </div>
  );
}
