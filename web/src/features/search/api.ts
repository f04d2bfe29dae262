import { queryOptions } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";

export type TicketHit = Pick<Schemas["RowTicket"], "id" | "subject" | "closed" | "contact">;

export type ContactHit = Schemas["RowContact"];

const LIMIT = 6;

export const searchQuery = (query: string) =>
  queryOptions({
    queryKey: ["search", query],
    queryFn: async ({ signal }) => {
      const [tickets, contacts] = await Promise.all([
        api.post<Answers["POST /tickets/search"]>("/tickets/search", { filterGroups: [], query, sorts: ["-createdate"], limit: LIMIT, uncounted: true }, { signal }),
        api.get<Answers["GET /contacts"]>("/contacts", { query: { query, limit: LIMIT }, signal }),
      ]);
      return { tickets: tickets.results, contacts: contacts.results };
    },
    enabled: query.length >= 2,
    staleTime: 10_000,
  });
