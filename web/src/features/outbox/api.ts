import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, api, type Page } from "@/lib/api";

export interface OutboxEntry {
  id: string;
  from: string;
  to: string[];
  subject: string;
  at: string;
  size: number;
  ticketId: string | null;
}

export interface OutboxMessage extends OutboxEntry {
  text: string;
  html: string;
  headers: { name: string; value: string }[];
}

const LIMIT = 50;

export const outboxQuery = infiniteQueryOptions({
  queryKey: ["outbox", "list"],
  queryFn: ({ pageParam }) => api.get<Page<OutboxEntry>>("/outbox", { query: { after: pageParam, limit: LIMIT } }),
  initialPageParam: "",
  getNextPageParam: (last) => last.paging?.next?.after,
});

export const outboxMessageQuery = (id: string) => queryOptions({ queryKey: ["outbox", id], queryFn: () => api.get<OutboxMessage>(`/outbox/${id}`), staleTime: Infinity });
export const sourceAddress = (id: string) => address(`/outbox/${id}/source`);
