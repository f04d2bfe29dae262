import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";
import type { Scope } from "@/features/tokens";
import type { ConsentRequest } from "./model";

export interface App {
  id: string;
  name: string;
  description: string;
  clientId: string;
  redirectUris: string[];
  scopes: string[];
  installed: boolean;
  createdAt: string;
  lastUsedAt: string | null;
}

export type AppInput = Pick<App, "name" | "description" | "redirectUris" | "scopes">;

export interface FreshApp {
  app: App;
  clientSecret: string;
  developerKey: string;
}

export interface Consent {
  name: string;
  description: string;
  host: string;
  scopes: Scope[];
  installed: boolean;
}

export const appsQuery = queryOptions({ queryKey: ["app", "list"], queryFn: () => api.get<Page<App>>("/apps") });

export const consentQuery = (request: ConsentRequest) =>
  queryOptions({ queryKey: ["consent", request], queryFn: () => api.get<Consent>("/oauth/authorize", { query: { ...request } }), retry: false, staleTime: 0 });

export const answerConsent = (request: ConsentRequest, allow: boolean) => api.post<{ url: string }>("/oauth/authorize", { ...request, allow });

function useAppChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["app"] }) });
}

export const useAddApp = () => useAppChange((input: AppInput) => api.post<FreshApp>("/apps", input));
export const useSaveApp = () => useAppChange(({ id, input }: { id: string; input: AppInput }) => api.put<App>(`/apps/${id}`, input));
export const useRemoveApp = () => useAppChange((id: string) => api.delete(`/apps/${id}`));
export const useUninstallApp = () => useAppChange((id: string) => api.post(`/apps/${id}/uninstall`));

/** Makes a new client secret or developer key. */
export const useNewSecret = () => useAppChange(({ id, of }: { id: string; of: "secret" | "developer-key" }) => api.post<{ secret: string }>(`/apps/${id}/${of}`));
