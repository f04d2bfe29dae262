import { IconChevronDown, IconPaperclip, IconTrash } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useShortcuts } from "@/lib/keyboard";
import { Button, IconButton, Kbd, Menu, toast } from "@/ui";
import type { DraftState } from "../draft";
import { useT } from "../messages";
import { hasContent } from "../sending";
import type { Content, EditorProps } from "../types";
import { useDraft } from "../use-draft";
import { useSend } from "../use-send";
import { useUploads } from "../use-uploads";
import { Attached } from "./Attached";
import { Body, type BodyHandle } from "./Body";
import classes from "./Editor.module.css";
import { ReplyHead } from "./ReplyHead";
import { SendNote } from "./SendNote";

/** One tab of the editor: head, text, files, the foot with its button. */
export function Compose(props: EditorProps & { height: number | undefined }) {
  const { ticketId, kind, latest, onKind, asked } = props;
  const t = useT();
  const seen = useRef(latest);
  useEffect(() => {
    seen.current ??= latest; // the conversation came after the editor
  }, [latest]);
  const blank = (): Content => ({ html: "", ...props.recipientsFor(props.thread), threadId: props.thread, channelId: null, attachments: [] });
  const draft = useDraft(ticketId, kind, props.drafts, blank, () => seen.current);
  const [content, setContent] = useState(draft.start);
  const [problem, setProblem] = useState<string>();
  const body = useRef<BodyHandle>(null);
  const latestContent = useRef(content);
  const change = (part: Partial<Content>) => {
    const next = { ...latestContent.current, ...part };
    latestContent.current = next;
    setContent(next);
    setProblem(undefined);
    sending.edited();
    draft.change(next);
  };
  const sending = useSend(props, (here) => {
    void draft.discard();
    if (here) onKind(null);
  });
  const uploads = useUploads(content.attachments, (file, inText) => {
    change({ attachments: [...latestContent.current.attachments, file] });
    if (inText) body.current?.insertPicture(file);
  });
  const submit = (stageId?: string) => {
    const now = latestContent.current;
    const wrong = kind === "reply" && now.to.length === 0 ? t("needTo") : uploads.busy ? t("uploading") : hasContent(now.html, now.attachments.length) ? undefined : t("needText");
    setProblem(wrong);
    if (!wrong) void sending.post(now, seen.current, stageId);
  };
  const discard = () => {
    const kept = latestContent.current;
    void draft.discard();
    onKind(null);
    if (hasContent(kept.html, kept.attachments.length)) toast(t("discarded"), { undo: () => { draft.change(kept); onKind(kind); } });
  };
  useShortcuts([{ keys: "mod+enter", label: t(kind === "reply" ? "send" : "addComment"), scope: t("scope"), run: () => submit() }]);
  useEffect(() => {
    if (asked > 0) body.current?.focus(); // a draft that opens by itself leaves the keys to the page
  }, [asked]);
  const busy = sending.state.step === "sending";
  return (
    <div className={classes.compose} role="tabpanel" inert={busy} data-busy={busy || undefined}>
      {kind === "reply" && <ReplyHead {...props} content={content} onChange={change} />}
      <Body
        ref={body} kind={kind} start={draft.start.html} focus={asked > 0} height={props.height} users={props.users} teams={props.teams} onChange={(html) => change({ html })}
        onFiles={uploads.add} onSend={() => submit()}
      />
      <Attached files={content.attachments.filter((f) => !f.inline)} uploads={uploads.uploads} onRemove={(id) => change({ attachments: content.attachments.filter((f) => f.id !== id) })} onCancel={uploads.cancel} />
      <SendNote
        state={sending.state} problem={problem} onAgain={() => submit()} onKeep={sending.keepWriting}
        onAnyway={() => { seen.current = latest; void sending.post(latestContent.current, latest); }}
      />
      <footer className={classes.foot}>
        <AttachButton onFiles={uploads.add} />
        <SaveState state={draft.state} />
        <IconButton label={t("discard")} onClick={discard}><IconTrash size={16} stroke={1.7} /></IconButton>
        <SendButtons {...props} busy={busy} onSend={submit} />
      </footer>
    </div>
  );
}

function AttachButton({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t("attach")} onClick={() => input.current?.click()}><IconPaperclip size={16} stroke={1.7} /></IconButton>
      <input
        ref={input} type="file" multiple hidden aria-label={t("attach")}
        onChange={(e) => {
          onFiles([...(e.target.files ?? [])]);
          e.target.value = "";
        }}
      />
    </>
  );
}

function SaveState({ state }: { state: DraftState }) {
  const t = useT();
  const word = { clean: "", dirty: "", saving: t("saving"), saved: t("saved"), failed: t("unsaved") }[state];
  return <span className={state === "failed" ? classes.unsaved : classes.saved} role="status">{word}</span>;
}

function SendButtons({ kind, statuses, busy, onSend }: Pick<EditorProps, "kind" | "statuses"> & { busy: boolean; onSend: (stageId?: string) => void }) {
  const t = useT();
  return (
    <span className={classes.send}>
      <Button kind="primary" size="small" busy={busy} onClick={() => onSend()} className={kind === "reply" ? classes.sendMain : undefined}>
        {t(kind === "reply" ? "send" : "addComment")} <span className={classes.sendKey} aria-hidden><Kbd keys="mod+enter" /></span>
      </Button>
      {kind === "reply" && statuses.length > 0 && (
        <Menu
          width={220}
          trigger={<button type="button" className={classes.sendMore} aria-label={t("sendOptions")} disabled={busy}><IconChevronDown size={14} aria-hidden /></button>}
          groups={[{ label: t("sendAnd"), entries: statuses.map((s) => ({ label: s.label, icon: s.icon, run: () => onSend(s.value) })) }]}
        />
      )}
    </span>
  );
}

