import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";
import type { ConsentRequest } from "./model";

export type App = Schemas["AppsApp"];

export type AppInput = Pick<App, "name" | "description" | "redirectUris" | "scopes">;

export type FreshApp = Schemas["AppsFreshApp"];

export type Consent = Schemas["AppsConsent"];

export const appsQuery = queryOptions({ queryKey: ["app", "list"], queryFn: () => api.get<Answers["GET /apps"]>("/apps") });

export const consentQuery = (request: ConsentRequest) =>
  queryOptions({ queryKey: ["consent", request], queryFn: () => api.get<Answers["GET /oauth/authorize"]>("/oauth/authorize", { query: { ...request } }), retry: false, staleTime: 0 });

export const answerConsent = (request: ConsentRequest, allow: boolean) => api.post<Answers["POST /oauth/authorize"]>("/oauth/authorize", { ...request, allow });

function useAppChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["app"] }) });
}

export const useAddApp = () => useAppChange((input: AppInput) => api.post<Answers["POST /apps"]>("/apps", input));
export const useSaveApp = () => useAppChange(({ id, input }: { id: string; input: AppInput }) => api.put<Answers["PUT /apps/{id}"]>(`/apps/${id}`, input));
export const useRemoveApp = () => useAppChange((id: string) => api.delete(`/apps/${id}`));
export const useUninstallApp = () => useAppChange((id: string) => api.post(`/apps/${id}/uninstall`));

/** Makes a new client secret or developer key. */
export const useNewSecret = () => useAppChange(({ id, of }: { id: string; of: "secret" | "developer-key" }) => api.post<{ secret: string }>(`/apps/${id}/${of}`));
