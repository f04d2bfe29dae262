/** What the server sends about tickets. Ids are numbers in strings, instants ISO 8601 in UTC. */

export interface Row {
  id: string;
  subject: string;
  contact: { id: string; name: string; email: string } | null;
  preview: string;
  lastMessageAt: string | null;
  lastMessageFrom: "contact" | "user" | null;
  pipelineId: string;
  stageId: string;
  closed: boolean;
  priority: string;
  category: string;
  ownerId: string | null;
  teamId: string | null;
  unread: boolean;
  channelKind: string | null;
  createdAt: string;
  updatedAt: string;
  snoozedUntil: string | null;
  hasDraft: boolean;
}

export interface Address {
  name: string;
  email: string;
}

export interface TicketContact {
  id: string;
  name: string;
  email: string;
  phone: string;
  primary: boolean;
}

export interface TicketCompany {
  id: string;
  name: string;
  domain: string;
}

export interface Thread {
  id: string;
  channelId: string;
  channelKind: string;
  channelAddress: string;
  subject: string;
  contactId: string | null;
  participants: Address[];
  replyTo: Address[];
  lastInboundAt: string | null;
}

export interface ReplyChannel {
  channelId: string;
  kind: string;
  name: string;
  address: string;
}

export interface Ticket {
  id: string;
  rev: string;
  properties: Record<string, string>;
  contacts: TicketContact[];
  companies: TicketCompany[];
  threads: Thread[];
  replyChannels: ReplyChannel[];
  unread: boolean;
  following: boolean;
  snoozedUntil: string | null;
  closed: boolean;
  can: { edit: boolean; delete: boolean; reply: boolean };
}

export interface Attachment {
  id: string;
  name: string;
  contentType: string;
  size: number;
  inline: boolean;
  contentId: string | null;
  url: string;
}

export type DeliveryState = "received" | "queued" | "sending" | "sent" | "failed";

export interface Delivery {
  state: DeliveryState;
  error: string | null;
  attempts: number;
  nextTryAt: string | null;
  sentAt: string | null;
  outbox: boolean;
}

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

export interface Change {
  property: string;
  label: string;
  from: string | null;
  to: string | null;
  fromLabel: string | null;
  toLabel: string | null;
}

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

export interface Stage {
  id: string;
  label: string;
  displayOrder: number;
  state: "OPEN" | "CLOSED";
  ticketCount?: number;
}

export interface Pipeline {
  id: string;
  label: string;
  displayOrder: number;
  stages: Stage[];
}

export interface User {
  id: string;
  name: string;
  email: string;
  active: boolean;
  teamIds: string[];
}

export interface Team {
  id: string;
  name: string;
}

export interface PropertyOption {
  label: string;
  value: string;
  color?: string | null;
  hidden: boolean;
}

export interface Property {
  name: string;
  label: string;
  type: string;
  fieldType: string;
  groupName: string;
  description: string;
  options: PropertyOption[];
  readOnly: boolean;
  required: boolean;
}
