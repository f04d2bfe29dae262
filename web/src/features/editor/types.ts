import type { Choice } from "@/ui";
import type { Drafts } from "./api";
import type { Address, Recipients } from "./recipients";
import type { Uploaded } from "./uploads";

export type WriteKind = "reply" | "comment";

/** What is about to be sent, as the conversation shows it meanwhile. */
export interface Outgoing {
  kind: WriteKind;
  html: string;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  threadId: string | null;
  attachments: Uploaded[];
}

/** A person or team that can be mentioned or chosen. */
export interface Named {
  id: string;
  name: string;
}

export interface EditorProps {
  ticketId: string;
  kind: WriteKind;
  /** Another tab, or null to close. */
  onKind: (kind: WriteKind | null) => void;
  /** Whether there is anybody to reply to. */
  writable: boolean;
  /** Changes when the editor is asked for again: it then takes the focus. */
  asked: number;
  drafts: Drafts;
  threads: readonly { id: string; channelId: string; label: string; address: string }[];
  channels: readonly { id: string; name: string; address: string }[];
  /** The thread a reply goes to unless another is chosen. */
  thread: string | null;
  recipientsFor: (threadId: string | null) => Recipients;
  /** The newest message or comment on the page. */
  latest: string | null;
  users: readonly Named[];
  teams: readonly Named[];
  statuses: readonly Choice[];
  searchPeople: (query: string) => Promise<Address[]>;
  /** Shows what is on its way; hands back the name it has until the server has given one. */
  onPosting: (draft: Outgoing) => string;
  onPosted: (standIn: string, item: unknown) => void;
  onRefused: (standIn: string) => void;
  /** Somebody wrote meanwhile: fetch it, so that it can be read. */
  onAdvanced: () => void;
}

/** Everything one tab of the editor holds. */
export interface Content {
  html: string;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  threadId: string | null;
  channelId: string | null;
  attachments: Uploaded[];
}
