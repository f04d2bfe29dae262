/** Everything one can do to a ticket. What can be shown at once is, and comes back with a reason if it is refused. */
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api, type Answers, type Bodies } from "@/lib/api";
import { replaceItem } from "./conversation";
import { pipelinesQuery } from "./directory";
import { rowWith, takeBack, withProperties, type Properties } from "./patch";
import { conversationKey, ticketKey } from "./queries";
import type { Conversation, Item, Row, Ticket } from "./types";

interface HasRows {
  rows?: Row[];
}

/** Changes one ticket's row in every list that is held, whichever shape the list has. */
export function patchRows(client: QueryClient, id: string, change: (row: Row) => Row): void {
  const one = (row: Row) => (row.id === id ? change(row) : row);
  for (const [key, held] of client.getQueriesData<HasRows | Row[]>({ queryKey: ["ticket", "list"] })) {
    if (Array.isArray(held)) client.setQueryData(key, held.map(one));
    else if (held?.rows?.some((r) => r.id === id)) client.setQueryData(key, { ...held, rows: held.rows.map(one) });
  }
}

/** Takes a ticket out of every list that is held; the server's answer puts it back where it belongs. */
export function dropRows(client: QueryClient, id: string): void {
  for (const [key, held] of client.getQueriesData<HasRows>({ queryKey: ["ticket", "list"] })) {
    if (held?.rows?.some((r) => r.id === id)) client.setQueryData(key, { ...held, rows: held.rows.filter((r) => r.id !== id) });
  }
}

export function refreshLists(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: ["ticket", "list"] });
  void client.invalidateQueries({ queryKey: ["counts"] });
}

function afterChange(client: QueryClient, ticket: Ticket): void {
  client.setQueryData(ticketKey(ticket.id), ticket);
  void client.invalidateQueries({ queryKey: conversationKey(ticket.id) });
  refreshLists(client);
}

/** Properties of a ticket: on screen at once, in the page and in every list. */
export function useChangeTicket(id: string) {
  const client = useQueryClient();
  const pipelines = () => client.getQueryData(pipelinesQuery.queryKey)?.results ?? [];
  return useMutation({
    mutationFn: (properties: Properties) => api.patch<Answers["PATCH /tickets/{id}"]>(`/tickets/${id}`, { properties }),
    onMutate: async (properties) => {
      await client.cancelQueries({ queryKey: ticketKey(id), exact: true });
      const before = client.getQueryData<Ticket>(ticketKey(id));
      if (before) client.setQueryData(ticketKey(id), withProperties(before, properties, pipelines()));
      patchRows(client, id, (row) => rowWith(row, properties, pipelines()));
      return before;
    },
    onError: (_error, properties, before) => {
      const now = client.getQueryData<Ticket>(ticketKey(id));
      if (now && before) client.setQueryData(ticketKey(id), takeBack(now, before, properties, pipelines()));
      void client.invalidateQueries({ queryKey: ["ticket", "list"] });
    },
    onSuccess: (ticket) => afterChange(client, ticket),
  });
}

export type Flag = "read" | "unread" | "follow" | "unfollow" | "spam" | "not-spam";

const FLAGS: Partial<Record<Flag, Partial<Ticket>>> = {
  read: { unread: false },
  unread: { unread: true },
  follow: { following: true },
  unfollow: { following: false },
};

/** Marks that have two sides: read, followed, spam. */
export function useFlagTicket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, flag }: { id: string; flag: Flag }) => api.post(`/tickets/${id}/${flag}`),
    onMutate: ({ id, flag }) => {
      const before = client.getQueryData<Ticket>(ticketKey(id));
      if (before) client.setQueryData(ticketKey(id), { ...before, ...FLAGS[flag] });
      if (flag === "read" || flag === "unread") patchRows(client, id, (row) => ({ ...row, unread: flag === "unread" }));
      if (flag === "spam" || flag === "not-spam") dropRows(client, id);
      return before;
    },
    onError: (_error, { id }, before) => {
      if (before) client.setQueryData(ticketKey(id), before);
      refreshLists(client);
    },
    onSuccess: (_answer, { flag }) => {
      if (flag === "read") void client.invalidateQueries({ queryKey: ["counts"] });
      else refreshLists(client);
    },
  });
}

export function useSnooze() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, until }: { id: string; until: string | null }) =>
      until ? api.put(`/tickets/${id}/snooze`, { until }) : api.delete(`/tickets/${id}/snooze`),
    onMutate: ({ id, until }) => {
      const before = client.getQueryData<Ticket>(ticketKey(id));
      if (before) client.setQueryData(ticketKey(id), { ...before, snoozedUntil: until });
      return before;
    },
    onError: (_error, { id }, before) => before && client.setQueryData(ticketKey(id), before),
    onSettled: (_a, _b, { id }) => {
      void client.invalidateQueries({ queryKey: ticketKey(id) });
      refreshLists(client);
    },
  });
}

export interface Association {
  type: "contacts" | "companies";
  id: string;
  on: boolean;
}

export function useAssociate(ticketId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ type, id, on }: Association) =>
      on ? api.put<Ticket>(`/tickets/${ticketId}/${type}/${id}`) : api.delete<Ticket>(`/tickets/${ticketId}/${type}/${id}`),
    onSuccess: (ticket) => afterChange(client, ticket),
  });
}

export type NewTicket = Bodies["POST /tickets"];

export function useCreateTicket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ ticket, key }: { ticket: NewTicket; key: string }) => api.post<Answers["POST /tickets"]>("/tickets", ticket, { idempotencyKey: key }),
    onSuccess: (ticket) => {
      client.setQueryData(ticketKey(ticket.id), ticket);
      refreshLists(client);
    },
  });
}

/** A delivery that failed is tried again, one that waits is called off. */
export function useDelivery(ticketId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ messageId, act }: { messageId: string; act: "retry" | "cancel" }) => api.post<Item>(`/messages/${messageId}/${act}`),
    onSuccess: (item) => {
      client.setQueryData<Conversation>(conversationKey(ticketId), (held) => held && item ? replaceItem(held, item) : held);
      void client.invalidateQueries({ queryKey: conversationKey(ticketId) });
    },
  });
}

const UNDO_MS = 6_000;
const doomed = new Map<string, ReturnType<typeof setTimeout>>();

/**
 * Deletes once the time to undo is over, or at once when the page goes away. Until then the ticket is only hidden, so
 * undo needs nothing from the server.
 */
export function deleteLater(client: QueryClient, id: string, failed: (error: unknown) => void): () => void {
  const send = () => {
    doomed.delete(id);
    removeEventListener("pagehide", send);
    clearTimeout(timer);
    api.delete(`/tickets/${id}`, { keepalive: true }).then(() => refreshLists(client), (error: unknown) => {
      refreshLists(client);
      failed(error);
    });
  };
  dropRows(client, id);
  const timer = setTimeout(send, UNDO_MS);
  doomed.set(id, timer);
  addEventListener("pagehide", send);
  return () => {
    if (!doomed.has(id)) return;
    clearTimeout(timer);
    doomed.delete(id);
    removeEventListener("pagehide", send);
    refreshLists(client);
  };
}

/** Tickets that are hidden until their deletion is sent. */
export function isDoomed(id: string): boolean {
  return doomed.has(id);
}
