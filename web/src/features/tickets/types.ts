/** What the server sends about tickets. Ids are numbers in strings, instants ISO 8601 in UTC. */

import type { Schemas } from "@/lib/api";

export type Row = Schemas["RowTicket"];

export type Address = Schemas["WireAddress"];

export type TicketContact = Schemas["TicketsContact"];

export type TicketCompany = Schemas["RowCompany"];

export type Thread = Schemas["TicketsThread"];

export type ReplyChannel = Schemas["TicketsReplyChannel"];

export type Ticket = Schemas["TicketsTicket"];

export type Attachment = Schemas["ConversationAttachment"];

export type DeliveryState = "received" | "queued" | "sending" | "sent" | "failed" | "read";

export type Delivery = Schemas["ConversationDelivery"];

export interface Message {
  kind: "message";
  id: string;
  at: string;
  threadId: string;
  direction: "in" | "out";
  nature: string;
  from: Address & { userId: string | null; contactId: string | null };
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  html: string;
  text: string;
  visible?: string;
  hasQuote: boolean;
  remoteImages: number;
  attachments: Attachment[];
  delivery: Delivery;
  hasOriginal: boolean;
  auth?: { spf?: string; dkim?: string; dmarc?: string } | null;
  /** Only here: shown before the server has answered. */
  pending?: boolean;
}

export interface Comment {
  kind: "comment";
  id: string;
  at: string;
  author: { userId: string | null; name: string };
  html: string;
  text: string;
  mentions: { users: string[]; teams: string[] };
  attachments: Attachment[];
  pending?: boolean;
}

export type Change = Schemas["ConversationChange"];

export interface TicketEvent {
  kind: "event";
  id: string;
  at: string;
  type: string;
  actor: { kind: "user" | "contact" | "system" | "automation" | "app"; name: string; userId: string | null };
  changes: Change[];
  reason: string | null;
}

export type Item = Message | Comment | TicketEvent;

/** Items from oldest to newest; `before` asks for older ones. */
export interface Conversation {
  items: Item[];
  before: string | null;
}

export type Stage = Schemas["PipelinesStage"];

export type Pipeline = Pick<Schemas["PipelinesPipeline"], "id" | "label" | "displayOrder" | "stages">;

export type User = Pick<Schemas["PeopleUser"], "id" | "name" | "email" | "active" | "teamIds">;

export interface Team {
  id: string;
  name: string;
}

export type PropertyOption = Schemas["PropertiesOption"];

export type Property = Schemas["PropertiesProperty"];
