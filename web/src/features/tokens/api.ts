import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";

export interface Token {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface NewToken {
  id: string;
  name: string;
  token: string;
}

export const tokensQuery = queryOptions({ queryKey: ["token", "list"], queryFn: () => api.get<Page<Token>>("/tokens") });

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api.post<NewToken>("/tokens", { name }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["token"] }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/tokens/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["token"] }),
  });
}
