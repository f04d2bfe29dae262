import { infiniteQueryOptions } from "@tanstack/react-query";
import { address, api, type Answers } from "@/lib/api";
import type { AuditSearch } from "./model";

const LIMIT = 50;
const filter = (search: AuditSearch) => ({ category: search.what, userId: search.who });

export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit", "list", search],
    queryFn: ({ pageParam }) => api.get<Answers["GET /audit"]>("/audit", { query: { ...filter(search), after: pageParam, limit: LIMIT } }),
    initialPageParam: "",
    getNextPageParam: (last) => last.paging?.next?.after,
  });

/** Where the browser fetches the table from. */
export function tableAddress(search: AuditSearch): string {
  const query = new URLSearchParams(Object.entries(filter(search)).filter((pair): pair is [string, string] => Boolean(pair[1]))).toString();
  return address(`/audit.csv${query ? `?${query}` : ""}`);
}
