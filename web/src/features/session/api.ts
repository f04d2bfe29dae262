import { queryOptions } from "@tanstack/react-query";
import { api, type Answers, type Bodies, type Schemas } from "@/lib/api";
import type { Me } from "@/lib/me";

export const setupQuery = queryOptions({ queryKey: ["setup"], queryFn: () => api.get<Answers["GET /setup"]>("/setup"), staleTime: 60_000 });

export type Setup = Bodies["POST /setup"];

export const signIn = (email: string, password: string) => api.post<Me>("/session", { email, password });
export const setUp = (setup: Setup) => api.post<Me>("/setup", setup);

export type FirstTicket = Pick<Schemas["RowTicket"], "id" | "subject">;

/** Looks every two seconds: this page stands outside the shell and its live stream. */
export const firstTicketQuery = queryOptions({
  queryKey: ["ticket", "list", "first"],
  queryFn: () => api.post<Answers["POST /tickets/search"]>("/tickets/search", { filterGroups: [], sorts: ["-createdate"], limit: 1, uncounted: true }),
  refetchInterval: (query) => (query.state.data?.results.length ? false : 2_000),
});
