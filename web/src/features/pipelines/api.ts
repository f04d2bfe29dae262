import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Bodies, type Schemas } from "@/lib/api";

export type StageState = "OPEN" | "CLOSED";

export type Stage = Schemas["PipelinesStage"];

export type Trigger = Schemas["PipelinesTrigger"];

export type Automation = Schemas["PipelinesAutomation"];

export type Pipeline = Schemas["PipelinesPipeline"];

export type StagesChange = Bodies["PUT /pipelines/{id}/stages"];

export type PipelineRemoval = Bodies["POST /pipelines/{id}/delete"];

export const pipelinesQuery = queryOptions({ queryKey: ["pipeline", "list"], queryFn: () => api.get<Answers["GET /pipelines"]>("/pipelines"), staleTime: 5 * 60_000 });

const CLEARING_EVERY = 1000;

/** How often the list is read again: while tickets are taken away, each second; else when something is heard. */
export const clearingInterval = (page: { results: Pipeline[] } | undefined) =>
  page?.results.some((p) => p.clearing && !p.clearing.problem) ? CLEARING_EVERY : false;

function usePipelineMutation<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: ["pipeline"] }) });
}

export const useCreatePipeline = () => usePipelineMutation((label: string) => api.post<Answers["POST /pipelines"]>("/pipelines", { label }));

export const useDuplicatePipeline = () =>
  usePipelineMutation(({ id, label }: { id: string; label: string }) => api.post<Answers["POST /pipelines/{id}/duplicate"]>(`/pipelines/${id}/duplicate`, { label }));

export const useDeletePipeline = () =>
  usePipelineMutation(({ id, removal }: { id: string; removal: PipelineRemoval }) => api.post(`/pipelines/${id}/delete`, removal));

export const useStopClearing = () => usePipelineMutation((id: string) => api.delete(`/pipelines/${id}/clearing`));

export const useSaveStages = () =>
  usePipelineMutation(({ id, change }: { id: string; change: StagesChange }) => api.put<Answers["PUT /pipelines/{id}/stages"]>(`/pipelines/${id}/stages`, change));

/** Renames a pipeline or switches its automation; on screen at once. */
export function useChangePipeline() {
  return useOptimisticPipelines(
    ({ id, ...change }: { id: string; label?: string; automation?: Automation }) => api.patch<Answers["PATCH /pipelines/{id}"]>(`/pipelines/${id}`, change),
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
