import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";
import type { Hook, HookEvent } from "./model";

export interface HookInput {
  name: string;
  url: string;
  events: HookEvent[];
}

export type FreshHook = Schemas["WebhooksFreshWebhook"];

export const hooksQuery = queryOptions({ queryKey: ["webhook", "list"], queryFn: () => api.get<Answers["GET /webhooks"]>("/webhooks") });
export const hookQuery = (id: string) => queryOptions({ queryKey: ["webhook", id], queryFn: () => api.get<Answers["GET /webhooks/{id}"]>(`/webhooks/${id}`) });
export const eventTypesQuery = queryOptions({ queryKey: ["webhook", "event-types"], queryFn: () => api.get<Answers["GET /webhooks/event-types"]>("/webhooks/event-types"), staleTime: Infinity });

export const deliveriesQuery = (id: string, failed: boolean) =>
  infiniteQueryOptions({
    queryKey: ["webhook", id, "deliveries", failed],
    queryFn: ({ pageParam }) => api.get<Answers["GET /webhooks/{id}/deliveries"]>(`/webhooks/${id}/deliveries`, { query: { failed: failed || undefined, after: pageParam || undefined } }),
    initialPageParam: "",
    getNextPageParam: (last) => last.paging?.next?.after,
  });

export const deliveryQuery = (id: string, delivery: string) =>
  queryOptions({ queryKey: ["webhook", id, "delivery", delivery], queryFn: () => api.get<Answers["GET /webhooks/{id}/deliveries/{delivery}"]>(`/webhooks/${id}/deliveries/${delivery}`) });

function useHookChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["webhook"] }) });
}

export const useAddHook = () => useHookChange((input: HookInput) => api.post<Answers["POST /webhooks"]>("/webhooks", input));
export const useSaveHook = () => useHookChange(({ id, input }: { id: string; input: HookInput & { concurrency: number } }) => api.put<Answers["PUT /webhooks/{id}"]>(`/webhooks/${id}`, input));
export const useRemoveHook = () => useHookChange((id: string) => api.delete(`/webhooks/${id}`));
export const useSwitchHook = () => useHookChange(({ id, to }: { id: string; to: "pause" | "resume" }) => api.post<Hook>(`/webhooks/${id}/${to}`));
export const useTestHook = () => useHookChange((id: string) => api.post<Answers["POST /webhooks/{id}/test"]>(`/webhooks/${id}/test`));
export const useNewHookSecret = () => useHookChange((id: string) => api.post<Answers["POST /webhooks/{id}/secret"]>(`/webhooks/${id}/secret`));

/** Sends requests again: these, or all that failed. */
export const useReplay = () => useHookChange(({ id, ids }: { id: string; ids?: string[] }) => api.post(`/webhooks/${id}/replay`, ids ? { ids } : { failed: true }));
