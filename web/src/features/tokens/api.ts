import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";
import type { Scope } from "./model";

export interface Token {
  id: string;
  name: string;
  allScopes: boolean;
  scopes: string[];
  createdAt: string;
  lastUsedAt: string | null;
}

export interface NewToken {
  id: string;
  name: string;
  token: string;
}

export type TokenInput = Pick<Token, "name" | "allScopes" | "scopes">;

export const tokensQuery = queryOptions({ queryKey: ["token", "list"], queryFn: () => api.get<Page<Token>>("/tokens") });
export const scopesQuery = queryOptions({ queryKey: ["scope", "list"], queryFn: () => api.get<Page<Scope>>("/scopes"), staleTime: Infinity });

function useTokenChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["token"] }) });
}

export const useCreateToken = () => useTokenChange((input: TokenInput) => api.post<NewToken>("/tokens", input));
export const useSaveToken = () => useTokenChange(({ id, input }: { id: string; input: TokenInput }) => api.put<Token>(`/tokens/${id}`, input));
export const useRotateToken = () => useTokenChange((id: string) => api.post<NewToken>(`/tokens/${id}/rotate`));
export const useRevokeToken = () => useTokenChange((id: string) => api.delete(`/tokens/${id}`));
