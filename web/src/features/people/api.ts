import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";

export type User = Schemas["PeopleUser"];

export type Team = Schemas["PeopleTeam"];

export type UserInput = Pick<User, "name" | "email" | "superAdmin" | "seat" | "mainTeamId" | "teamIds"> & { password: string };
export type UserChange = Partial<UserInput> & { active?: boolean };

export const usersQuery = queryOptions({ queryKey: ["user", "list"], queryFn: () => api.get<Answers["GET /users"]>("/users"), staleTime: 5 * 60_000 });
export const teamsQuery = queryOptions({ queryKey: ["team", "list"], queryFn: () => api.get<Answers["GET /teams"]>("/teams"), staleTime: 5 * 60_000 });

/** Saves a user: a new one without id. */
export function useSaveUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id?: string; change: UserChange }) => (id ? api.patch<Answers["PATCH /users/{id}"]>(`/users/${id}`, change) : api.post<Answers["POST /users"]>("/users", change)),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["user"] }), client.invalidateQueries({ queryKey: ["team"] })]),
  });
}

/** Saves a team's name: a new one without id. */
export function useSaveTeam() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id?: string; name: string }) => (id ? api.patch<Answers["PATCH /teams/{id}"]>(`/teams/${id}`, { name }) : api.post<Answers["POST /teams"]>("/teams", { name })),
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
