import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { address, api, type Page } from "@/lib/api";

export interface HeldMessage {
  id: string;
  channelId: string;
  receivedAt: string;
  from: string;
  subject: string;
  error: string;
  attempts: number;
  size: number;
}

export interface DeadJob {
  id: string;
  kind: string;
  error: string;
  attempts: number;
  at: string;
}

export const heldQuery = queryOptions({ queryKey: ["attention", "list", "messages"], queryFn: () => api.get<Page<HeldMessage>>("/attention") });
export const deadJobsQuery = queryOptions({ queryKey: ["attention", "list", "jobs"], queryFn: () => api.get<Page<DeadJob>>("/jobs/dead") });
export const rawAddress = (id: string) => address(`/attention/${id}/raw`);

/** Tries again; `what` says whether it is a held message or a dead job. */
export function useRetry(what: "attention" | "jobs") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post(`/${what}/${id}/retry`),
    onSettled: () => client.invalidateQueries({ queryKey: ["attention"] }),
  });
}
