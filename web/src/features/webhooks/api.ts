import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";
import type { Delivery, Hook, HookEvent } from "./model";

export interface HookInput {
  name: string;
  url: string;
  events: HookEvent[];
}

export interface FreshHook {
  webhook: Hook;
  secret: string;
}

export const hooksQuery = queryOptions({ queryKey: ["webhook", "list"], queryFn: () => api.get<Page<Hook>>("/webhooks") });
export const hookQuery = (id: string) => queryOptions({ queryKey: ["webhook", id], queryFn: () => api.get<Hook>(`/webhooks/${id}`) });
export const eventTypesQuery = queryOptions({ queryKey: ["webhook", "event-types"], queryFn: () => api.get<Page<string>>("/webhooks/event-types"), staleTime: Infinity });

export const deliveriesQuery = (id: string, failed: boolean) =>
  infiniteQueryOptions({
    queryKey: ["webhook", id, "deliveries", failed],
    queryFn: ({ pageParam }) => api.get<Page<Delivery>>(`/webhooks/${id}/deliveries`, { query: { failed: failed || undefined, after: pageParam || undefined } }),
    initialPageParam: "",
    getNextPageParam: (last) => last.paging?.next?.after,
  });

export const deliveryQuery = (id: string, delivery: string) =>
  queryOptions({ queryKey: ["webhook", id, "delivery", delivery], queryFn: () => api.get<Delivery & { body: string }>(`/webhooks/${id}/deliveries/${delivery}`) });

function useHookChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["webhook"] }) });
}

export const useAddHook = () => useHookChange((input: HookInput) => api.post<FreshHook>("/webhooks", input));
export const useSaveHook = () => useHookChange(({ id, input }: { id: string; input: HookInput & { concurrency: number } }) => api.put<Hook>(`/webhooks/${id}`, input));
export const useRemoveHook = () => useHookChange((id: string) => api.delete(`/webhooks/${id}`));
export const useSwitchHook = () => useHookChange(({ id, to }: { id: string; to: "pause" | "resume" }) => api.post<Hook>(`/webhooks/${id}/${to}`));
export const useTestHook = () => useHookChange((id: string) => api.post<Delivery>(`/webhooks/${id}/test`));
export const useNewHookSecret = () => useHookChange((id: string) => api.post<{ secret: string }>(`/webhooks/${id}/secret`));

/** Sends requests again: these, or all that failed. */
export const useReplay = () => useHookChange(({ id, ids }: { id: string; ids?: string[] }) => api.post(`/webhooks/${id}/replay`, ids ? { ids } : { failed: true }));
