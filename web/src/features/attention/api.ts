import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { address, api, type Answers, type Schemas } from "@/lib/api";

export type HeldMessage = Schemas["ChannelsAside"];

export type DeadJob = Schemas["ChannelsDeadJob"];

export const heldQuery = queryOptions({ queryKey: ["attention", "list", "messages"], queryFn: () => api.get<Answers["GET /attention"]>("/attention") });
export const deadJobsQuery = queryOptions({ queryKey: ["attention", "list", "jobs"], queryFn: () => api.get<Answers["GET /jobs/dead"]>("/jobs/dead") });
export const rawAddress = (id: string) => address(`/attention/${id}/raw`);

/** Tries again; `what` says whether it is a held message or a dead job. */
export function useRetry(what: "attention" | "jobs") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post(`/${what}/${id}/retry`),
    onSettled: () => client.invalidateQueries({ queryKey: ["attention"] }),
  });
}
