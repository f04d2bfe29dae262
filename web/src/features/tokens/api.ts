import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";

export type Token = Schemas["PeopleToken"];

export type NewToken = Schemas["PeopleFreshToken"];

export type TokenInput = Pick<Token, "name" | "allScopes" | "scopes">;

export const tokensQuery = queryOptions({ queryKey: ["token", "list"], queryFn: () => api.get<Answers["GET /tokens"]>("/tokens") });
export const scopesQuery = queryOptions({ queryKey: ["scope", "list"], queryFn: () => api.get<Answers["GET /scopes"]>("/scopes"), staleTime: Infinity });

function useTokenChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["token"] }) });
}

export const useCreateToken = () => useTokenChange((input: TokenInput) => api.post<Answers["POST /tokens"]>("/tokens", input));
export const useSaveToken = () => useTokenChange(({ id, input }: { id: string; input: TokenInput }) => api.put<Answers["PUT /tokens/{id}"]>(`/tokens/${id}`, input));
export const useRotateToken = () => useTokenChange((id: string) => api.post<Answers["POST /tokens/{id}/rotate"]>(`/tokens/${id}/rotate`));
export const useClientSecret = () => useTokenChange((id: string) => api.post<Answers["POST /tokens/{id}/client-secret"]>(`/tokens/${id}/client-secret`));
export const useRevokeToken = () => useTokenChange((id: string) => api.delete(`/tokens/${id}`));
