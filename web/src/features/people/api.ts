import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";

export interface User {
  id: string;
  name: string;
  email: string;
  active: boolean;
  superAdmin: boolean;
  seat: "service" | "view";
  mainTeamId: string | null;
  teamIds: string[];
  lastSeenAt: string | null;
  openTickets: number;
}

export interface Team {
  id: string;
  name: string;
  mainMemberIds: string[];
  extraMemberIds: string[];
}

export type UserInput = Pick<User, "name" | "email" | "superAdmin" | "seat" | "mainTeamId" | "teamIds"> & { password: string };
export type UserChange = Partial<UserInput> & { active?: boolean };

export const usersQuery = queryOptions({ queryKey: ["user", "list"], queryFn: () => api.get<Page<User>>("/users"), staleTime: 5 * 60_000 });
export const teamsQuery = queryOptions({ queryKey: ["team", "list"], queryFn: () => api.get<Page<Team>>("/teams"), staleTime: 5 * 60_000 });

/** Saves a user: a new one without id. */
export function useSaveUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id?: string; change: UserChange }) => (id ? api.patch<User>(`/users/${id}`, change) : api.post<User>("/users", change)),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["user"] }), client.invalidateQueries({ queryKey: ["team"] })]),
  });
}

/** Saves a team's name: a new one without id. */
export function useSaveTeam() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id?: string; name: string }) => (id ? api.patch<Team>(`/teams/${id}`, { name }) : api.post<Team>("/teams", { name })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["team"] }),
  });
}

export function useDeleteTeam() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/teams/${id}`),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["team"] }), client.invalidateQueries({ queryKey: ["user"] })]),
  });
}
