import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";

export interface Setting {
  name: string;
  label: string;
  help: string;
  type: "text" | "secret" | "number" | "choice" | "switch";
  required: boolean;
  default: string;
  choices: { value: string; label: string }[] | null;
  /** Shown only while "name=value" holds. */
  when: string;
}

export interface ChannelKind {
  name: string;
  label: string;
  settings: Setting[];
}

export interface Health {
  state: "ok" | "failing" | "idle";
  lastSuccessAt: string | null;
  lastError: string | null;
  failingSince: string | null;
}

export interface Channel {
  id: string;
  kind: string;
  name: string;
  address: string;
  active: boolean;
  settings: Record<string, string>;
  secretsSet: string[];
  pipelineId: string;
  stageId: string;
  health: Health;
  builtin: boolean;
}

export type ChannelInput = Pick<Channel, "kind" | "name" | "address" | "settings" | "pipelineId" | "stageId">;

export interface TestResult {
  ok: boolean;
  message: string;
}

// A test signs in to servers far away: it may take longer than a usual request.
const TEST_TIMEOUT_MS = 90_000;

export const kindsQuery = queryOptions({ queryKey: ["channel-kinds"], queryFn: () => api.get<Page<ChannelKind>>("/channel-kinds"), staleTime: Infinity });
export const channelsQuery = queryOptions({ queryKey: ["channel", "list"], queryFn: () => api.get<Page<Channel>>("/channels") });

function useChannelMutation<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: ["channel"] }) });
}

export const useCreateChannel = () => useChannelMutation((input: ChannelInput) => api.post<Channel>("/channels", input));

export const useChangeChannel = () =>
  useChannelMutation(({ id, ...change }: Partial<ChannelInput> & { id: string; active?: boolean }) => api.patch<Channel>(`/channels/${id}`, change));

export const useRemoveChannel = () => useChannelMutation((id: string) => api.delete(`/channels/${id}`));

export const useTestChannel = () => useChannelMutation((id: string) => api.post<TestResult>(`/channels/${id}/test`, {}, { timeoutMs: TEST_TIMEOUT_MS }));

/** Tries settings that are not saved. */
export const useTestSettings = () =>
  useMutation({
    mutationFn: ({ kind, name, address, settings }: ChannelInput) => api.post<TestResult>("/channels/test", { kind, name, address, settings }, { timeoutMs: TEST_TIMEOUT_MS }),
  });
