import { useEffect, useRef, useState } from "react";
import { ApiError, newKey } from "@/lib/api";
import { toastError } from "@/ui";
import { send } from "./api";
import { begin, done, edited, refused, type Sending } from "./sending";
import type { Content, EditorProps } from "./types";
import { forMail } from "./use-draft";

type Props = Pick<EditorProps, "ticketId" | "kind" | "onPosting" | "onPosted" | "onRefused" | "onAdvanced">;

/** Sends once, whatever the network does: the text is let go only when the server has it. */
export function useSend(props: Props, sent: (here: boolean) => void) {
  const { ticketId, kind } = props;
  const [state, setState] = useState<Sending>({ step: "writing" });
  // One may have gone on to the next ticket or the other tab before the answer comes.
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => void (here.current = false);
  }, []);

  const post = async (content: Content, seen: string | null, stageId?: string) => {
    const going = begin(state, newKey);
    if (going === state || going.step !== "sending") return;
    setState(going);
    const { html, to, cc, bcc, threadId, attachments } = content;
    const standIn = props.onPosting({ kind, html, to, cc, bcc, threadId, attachments });
    try {
      const item = await send({ ticketId, kind, content: forMail(content), seen, stageId, key: going.key });
      props.onPosted(standIn, item);
      setState(done());
      sent(here.current);
    } catch (error) {
      props.onRefused(standIn);
      if (!here.current) toastError(error); // the text waits in its draft
      const next = refused(going, reason(error));
      if (next.step === "crossed") props.onAdvanced();
      setState(next);
    }
  };
  return { state, post, edited: () => setState(edited), keepWriting: () => setState(done()) };
}

function reason(error: unknown) {
  if (error instanceof ApiError) {
    return { code: error.code || error.category, offline: error.offline, status: error.status, message: error.message, itemIds: error.context.itemIds ?? [] };
  }
  return { code: "", offline: false, status: 0, message: String(error), itemIds: [] };
}
