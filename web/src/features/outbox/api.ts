import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, api, type Answers, type Schemas } from "@/lib/api";

export type OutboxEntry = Schemas["ChannelsKept"];

export interface OutboxMessage extends OutboxEntry {
  text: string;
  html: string;
  headers: { name: string; value: string }[];
}

const LIMIT = 50;

export const outboxQuery = infiniteQueryOptions({
  queryKey: ["outbox", "list"],
  queryFn: ({ pageParam }) => api.get<Answers["GET /outbox"]>("/outbox", { query: { after: pageParam, limit: LIMIT } }),
  initialPageParam: "",
  getNextPageParam: (last) => last.paging?.next?.after,
});

export const outboxMessageQuery = (id: string) => queryOptions({ queryKey: ["outbox", id], queryFn: () => api.get<Answers["GET /outbox/{id}"]>(`/outbox/${id}`), staleTime: Infinity });
export const sourceAddress = (id: string) => address(`/outbox/${id}/source`);
