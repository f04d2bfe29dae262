import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";

export type StageState = "OPEN" | "CLOSED";

export interface Stage {
  id: string;
  label: string;
  displayOrder: number;
  state: StageState;
  ticketCount: number;
}

export interface Trigger {
  on: boolean;
  stageId: string;
}

export interface Automation {
  emailSent: Trigger;
  customerReplies: Trigger;
}

export interface Pipeline {
  id: string;
  label: string;
  displayOrder: number;
  ticketCount: number;
  stages: Stage[];
  automation: Automation;
}

export interface StagesChange {
  stages: { id?: string; label: string; state: StageState }[];
  moves: Record<string, string>;
}

export interface PipelineRemoval {
  move?: { pipelineId: string; stages: Record<string, string> };
  deleteTickets?: boolean;
}

export const pipelinesQuery = queryOptions({ queryKey: ["pipeline", "list"], queryFn: () => api.get<Page<Pipeline>>("/pipelines"), staleTime: 5 * 60_000 });

function usePipelineMutation<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: ["pipeline"] }) });
}

export const useCreatePipeline = () => usePipelineMutation((label: string) => api.post<Pipeline>("/pipelines", { label }));

export const useDuplicatePipeline = () =>
  usePipelineMutation(({ id, label }: { id: string; label: string }) => api.post<Pipeline>(`/pipelines/${id}/duplicate`, { label }));

export const useDeletePipeline = () =>
  usePipelineMutation(({ id, removal }: { id: string; removal: PipelineRemoval }) => api.post(`/pipelines/${id}/delete`, removal));

export const useSaveStages = () =>
  usePipelineMutation(({ id, change }: { id: string; change: StagesChange }) => api.put<Pipeline>(`/pipelines/${id}/stages`, change));

/** Renames a pipeline or switches its automation; on screen at once. */
export function useChangePipeline() {
  return useOptimisticPipelines(
    ({ id, ...change }: { id: string; label?: string; automation?: Automation }) => api.patch<Pipeline>(`/pipelines/${id}`, change),
    (list, { id, ...change }) => list.map((p) => (p.id === id ? { ...p, ...change } : p)),
  );
}

export function useOrderPipelines() {
  return useOptimisticPipelines(
    (ids: string[]) => api.put("/pipelines/order", { ids }),
    (list, ids) => [...list].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
  );
}

function useOptimisticPipelines<V, R>(mutationFn: (variables: V) => Promise<R>, apply: (list: Pipeline[], variables: V) => Pipeline[]) {
  const client = useQueryClient();
  const key = pipelinesQuery.queryKey;
  return useMutation({
    mutationFn,
    onMutate: async (variables: V) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData(key);
      client.setQueryData(key, (page) => page && { ...page, results: apply(page.results, variables) });
      return before;
    },
    onError: (_error, _variables, before) => client.setQueryData(key, before),
    onSettled: () => client.invalidateQueries({ queryKey: ["pipeline"] }),
  });
}
