import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";
import { mergeNewest, prependOlder } from "./conversation";
import type { Conversation } from "./types";

const PAGE = 50;
const MOST = 200;

export const ticketKey = (id: string) => ["ticket", id] as const;
export const conversationKey = (id: string) => ["ticket", id, "conversation"] as const;

export const ticketQuery = (id: string) =>
  queryOptions({ queryKey: ticketKey(id), queryFn: ({ signal }) => api.get<Answers["GET /tickets/{id}"]>(`/tickets/${id}`, { signal }) });

/** The newest items, joined with the older ones already loaded: a refresh never takes the page from under the reader. */
export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: conversationKey(id),
    queryFn: async ({ client, signal }) => {
      const held = client.getQueryData<Conversation>(conversationKey(id));
      const limit = Math.min(Math.max(held?.items.length ?? 0, PAGE), MOST);
      const fresh = await api.get<Conversation>(`/tickets/${id}/conversation`, { query: { limit }, signal });
      return mergeNewest(client.getQueryData<Conversation>(conversationKey(id)), fresh);
    },
    structuralSharing: false,
  });

/** Loads the page of items before those held. */
export async function loadOlder(client: QueryClient, id: string): Promise<void> {
  const before = client.getQueryData<Conversation>(conversationKey(id))?.before;
  if (!before) return;
  const page = await api.get<Conversation>(`/tickets/${id}/conversation`, { query: { before, limit: PAGE } });
  client.setQueryData<Conversation>(conversationKey(id), (held) => (held ? prependOlder(held, page, before) : held));
}

/** Has a ticket and its conversation at hand before it is opened (UX-5). */
export function prefetchTicket(client: QueryClient, id: string | undefined): void {
  if (!id) return;
  void client.prefetchQuery(ticketQuery(id));
  void client.prefetchQuery(conversationQuery(id));
}

/** Other tickets of a contact, newest first. */
export const contactTicketsQuery = (contactId: string) =>
  queryOptions({
    queryKey: ["ticket", "list", { contact: contactId }],
    queryFn: async ({ signal }) => (await api.get<Answers["GET /contacts/{id}"]>(`/contacts/${contactId}`, { signal })).tickets,
  });

export type ContactHit = Schemas["ContactsListed"];

export type CompanyHit = Schemas["RowCompany"];

export const contactSearch = (query: string) =>
  queryOptions({
    queryKey: ["contact", "list", { query, limit: 8 }],
    queryFn: async ({ signal }) => (await api.get<Answers["GET /contacts"]>("/contacts", { query: { query, limit: 8 }, signal })).results,
    placeholderData: (before) => before,
  });

export const companySearch = (query: string) =>
  queryOptions({
    queryKey: ["company", "list", { query }],
    queryFn: async ({ signal }) => (await api.get<Answers["GET /companies"]>("/companies", { query: { query }, signal })).results,
    placeholderData: (before) => before,
  });
