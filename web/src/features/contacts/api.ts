import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";
import { takenBack, withValues } from "./model";

export type ContactRow = Schemas["ContactsListed"];

export type Contact = Schemas["ContactsContact"];

const PAGE = 50;

export const contactsQuery = (query: string) =>
  infiniteQueryOptions({
    queryKey: ["contact", "list", { query, pages: true }],
    queryFn: ({ pageParam, signal }) => api.get<Answers["GET /contacts"]>("/contacts", { query: { query, limit: PAGE, after: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.paging?.next?.after,
    placeholderData: (before) => before,
  });

export const contactQuery = (id: string) =>
  queryOptions({ queryKey: ["contact", id], queryFn: ({ signal }) => api.get<Answers["GET /contacts/{id}"]>(`/contacts/${id}`, { signal }) });

/** Properties of a contact, on screen at once; refused, they come back. */
export function useChangeContact(id: string) {
  const client = useQueryClient();
  const key = ["contact", id];
  return useMutation({
    mutationFn: (properties: Record<string, string>) => api.patch<Answers["PATCH /contacts/{id}"]>(`/contacts/${id}`, { properties }),
    onMutate: async (properties) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Contact>(key);
      if (before) client.setQueryData(key, withValues(before, properties));
      return before;
    },
    onError: (_error, properties, before) => {
      const now = client.getQueryData<Contact>(key);
      if (now && before) client.setQueryData(key, takenBack(now, before, properties));
    },
    onSuccess: (contact) => {
      client.setQueryData<Contact>(key, (held) => ({ ...contact, tickets: contact.tickets ?? held?.tickets ?? [], companies: contact.companies ?? held?.companies ?? [] }));
      void client.invalidateQueries({ queryKey: ["contact", "list"] });
      void client.invalidateQueries({ queryKey: ["ticket"] });
    },
  });
}

export function useCreateContact() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ properties, key }: { properties: Record<string, string>; key: string }) => api.post<Answers["POST /contacts"]>("/contacts", { properties }, { idempotencyKey: key }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["contact", "list"] }),
  });
}
