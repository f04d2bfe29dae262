import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { isDoomed, type Row } from "@/features/tickets";
import { api, type Answers, type Page, type Schemas } from "@/lib/api";
import { useMe } from "@/lib/me";
import { specOf, type ListSearch, type ListSpec } from "./filters";
import { appended, REFRESH_MOST, refreshed, type ListData } from "./rows";

export type View = Schemas["ViewsView"];

export const viewsQuery = queryOptions({
  queryKey: ["view", "list"],
  queryFn: () => api.get<Answers["GET /views"]>("/views"),
  staleTime: 10 * 60_000,
});

export const countsQuery = queryOptions({
  queryKey: ["counts"],
  queryFn: () => api.get<Answers["GET /views/counts"]>("/views/counts"),
});

const PAGE = 50;

async function fetchPage(spec: ListSpec, limit: number, after: string | undefined, signal?: AbortSignal): Promise<ListData> {
  const plain = !spec.query && spec.filters.length === 0;
  const page = plain
    ? await api.get<Answers["GET /views/{id}/tickets"]>(`/views/${spec.view}/tickets`, { query: { limit, after, sort: spec.sort }, signal })
    : await api.post<Page<Row>>(
        "/tickets/search",
        { view: spec.view, filterGroups: spec.filters.length ? [{ filters: spec.filters }] : [], query: spec.query || undefined, sorts: [spec.sort], after, limit },
        { signal },
      );
  return { rows: page.results, next: page.paging?.next?.after ?? null, total: page.total ?? null };
}

export const listKey = (spec: ListSpec) => ["ticket", "list", spec] as const;

/** A list as far as it was loaded. A refresh asks for its head again and lays it over what is there. */
export const listQuery = (spec: ListSpec) =>
  queryOptions({
    queryKey: listKey(spec),
    queryFn: async ({ client, signal }) => {
      const held = () => client.getQueryData<ListData>(listKey(spec));
      const limit = Math.min(Math.max(held()?.rows.length ?? 0, PAGE), REFRESH_MOST);
      const fresh = await fetchPage(spec, limit, undefined, signal);
      return refreshed(held(), fresh);
    },
    structuralSharing: false,
  });

/** The rows of a list, and more of them as one scrolls. */
export function useTicketList(view: string, search: ListSearch) {
  const client = useQueryClient();
  const me = useMe();
  const spec = useMemo(() => specOf(view, search, me.id), [view, search, me.id]);
  const query = useQuery(listQuery(spec));
  const [moreError, setMoreError] = useState<unknown>(null);
  const asking = useRef<string | null>(null);
  const next = query.data?.next ?? null;

  const loadMore = useCallback(async () => {
    if (!next || asking.current === next) return;
    asking.current = next;
    setMoreError(null);
    try {
      const page = await fetchPage(spec, PAGE, next);
      client.setQueryData<ListData>(listKey(spec), (held) => (held ? appended(held, page, next) : held));
    } catch (error) {
      setMoreError(error);
    } finally {
      asking.current = null;
    }
  }, [client, next, spec]);

  const rows = useMemo(() => (query.data?.rows ?? []).filter((r) => !isDoomed(r.id)), [query.data]);
  return { spec, rows, total: query.data?.total ?? null, more: next !== null, loadMore, moreError, query };
}
