/** Who and what tickets refer to: pipelines, users, teams, properties. Small lists, asked for once and kept. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Answers } from "@/lib/api";
import { findStage } from "./patch";
import type { Pipeline, Stage, Team, User } from "./types";

const KEPT = 10 * 60_000;

export const pipelinesQuery = queryOptions({
  queryKey: ["pipeline", "list"],
  queryFn: () => api.get<Answers["GET /pipelines"]>("/pipelines"),
  staleTime: KEPT,
});

export const usersQuery = queryOptions({ queryKey: ["user", "list"], queryFn: () => api.get<Answers["GET /users"]>("/users"), staleTime: KEPT });

export const teamsQuery = queryOptions({ queryKey: ["team", "list"], queryFn: () => api.get<Answers["GET /teams"]>("/teams"), staleTime: KEPT });

export const propertiesQuery = (objectType: "tickets" | "contacts" | "companies") =>
  queryOptions({
    queryKey: ["property", "list", objectType],
    queryFn: () => api.get<Answers["GET /properties/{objectType}"]>(`/properties/${objectType}`),
    staleTime: KEPT,
  });

export interface Directory {
  pipelines: readonly Pipeline[];
  users: readonly User[];
  teams: readonly Team[];
  stage: (id: string) => Stage | undefined;
  user: (id: string | null | undefined) => User | undefined;
  team: (id: string | null | undefined) => Team | undefined;
}

const NONE: never[] = [];

export function useDirectory(): Directory {
  const pipelines = useQuery(pipelinesQuery).data?.results ?? NONE;
  const users = useQuery(usersQuery).data?.results ?? NONE;
  const teams = useQuery(teamsQuery).data?.results ?? NONE;
  return useMemo(() => {
    const userById = new Map<string, User>(users.map((u) => [u.id, u]));
    const teamById = new Map<string, Team>(teams.map((it) => [it.id, it]));
    const stageById = new Map<string, Stage>(pipelines.flatMap((p) => p.stages.map((s) => [s.id, s] as const)));
    return {
      pipelines, users, teams,
      stage: (id) => stageById.get(id) ?? findStage(pipelines, id),
      user: (id) => (id ? userById.get(id) : undefined),
      team: (id) => (id ? teamById.get(id) : undefined),
    };
  }, [pipelines, users, teams]);
}
