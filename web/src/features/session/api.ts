import { queryOptions } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";
import type { Me } from "@/lib/me";

export const setupQuery = queryOptions({ queryKey: ["setup"], queryFn: () => api.get<{ needed: boolean }>("/setup"), staleTime: 60_000 });

export interface Setup {
  company: string;
  domain: string;
  name: string;
  email: string;
  password: string;
  timeZone: string;
}

export const signIn = (email: string, password: string) => api.post<Me>("/session", { email, password });
export const setUp = (setup: Setup) => api.post<Me>("/setup", setup);

export interface FirstTicket {
  id: string;
  subject: string;
}

/** Looks every two seconds: this page stands outside the shell and its live stream. */
export const firstTicketQuery = queryOptions({
  queryKey: ["ticket", "list", "first"],
  queryFn: () => api.post<Page<FirstTicket>>("/tickets/search", { filterGroups: [], sorts: ["-createdate"], limit: 1, uncounted: true }),
  refetchInterval: (query) => (query.state.data?.results.length ? false : 2_000),
});
