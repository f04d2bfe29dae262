import { queryOptions } from "@tanstack/react-query";
import { api, type Page } from "@/lib/api";

export interface TicketHit {
  id: string;
  subject: string;
  closed: boolean;
  contact: { id: string; name: string; email: string } | null;
}

export interface ContactHit {
  id: string;
  name: string;
  email: string;
}

const LIMIT = 6;

export const searchQuery = (query: string) =>
  queryOptions({
    queryKey: ["search", query],
    queryFn: async ({ signal }) => {
      const [tickets, contacts] = await Promise.all([
        api.post<Page<TicketHit>>("/tickets/search", { filterGroups: [], query, sorts: ["-createdate"], limit: LIMIT, uncounted: true }, { signal }),
        api.get<Page<ContactHit>>("/contacts", { query: { query, limit: LIMIT }, signal }),
      ]);
      return { tickets: tickets.results, contacts: contacts.results };
    },
    enabled: query.length >= 2,
    staleTime: 10_000,
  });
