import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";

export type Setting = Schemas["ChannelsSetting"];

export type ChannelKind = Pick<Schemas["ChannelsKind"], "name" | "label" | "settings" | "byApps">;

export type Health = Schemas["ChannelsHealth"];

export type Channel = Schemas["ChannelsChannel"];

export type ChannelInput = Pick<Channel, "kind" | "name" | "address" | "settings" | "pipelineId" | "stageId">;

export type AppChannel = Schemas["ChannelsAppChannel"];

export type TestResult = Schemas["ChannelsOutcome"];

// A test signs in to servers far away: it may take longer than a usual request.
const TEST_TIMEOUT_MS = 90_000;

export const kindsQuery = queryOptions({ queryKey: ["channel-kinds"], queryFn: () => api.get<Answers["GET /channel-kinds"]>("/channel-kinds"), staleTime: Infinity });
export const channelsQuery = queryOptions({ queryKey: ["channel", "list"], queryFn: () => api.get<Answers["GET /channels"]>("/channels") });

export const appChannelsQuery = queryOptions({ queryKey: ["channel", "apps"], queryFn: () => api.get<Answers["GET /app-channels"]>("/app-channels") });

function useChannelMutation<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: ["channel"] }) });
}

export const useCreateChannel = () => useChannelMutation((input: ChannelInput) => api.post<Answers["POST /channels"]>("/channels", input));

export const useChangeChannel = () =>
  useChannelMutation(({ id, ...change }: Partial<ChannelInput> & { id: string; active?: boolean }) => api.patch<Answers["PATCH /channels/{id}"]>(`/channels/${id}`, change));

export const useRemoveChannel = () => useChannelMutation((id: string) => api.delete(`/channels/${id}`));

export const useTestChannel = () => useChannelMutation((id: string) => api.post<Answers["POST /channels/{id}/test"]>(`/channels/${id}/test`, {}, { timeoutMs: TEST_TIMEOUT_MS }));

/** Leaves for the page of the app, which sends the admin back when the account is connected. */
export const useConnectByApp = () =>
  useMutation({
    mutationFn: (id: string) => api.post<Answers["POST /app-channels/{id}/connect"]>(`/app-channels/${id}/connect`, {}),
    onSuccess: ({ url }) => window.location.assign(url),
  });

/** Tries settings that are not saved. */
export const useTestSettings = () =>
  useMutation({
    mutationFn: ({ kind, name, address, settings }: ChannelInput) => api.post<Answers["POST /channels/test"]>("/channels/test", { kind, name, address, settings }, { timeoutMs: TEST_TIMEOUT_MS }),
  });
