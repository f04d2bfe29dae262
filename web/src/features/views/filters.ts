/** The state of a list in the address, and as the server's questions. */

export interface ListSearch {
  q?: string;
  sort?: string;
  owner?: string;
  priority?: string;
  pipeline?: string;
  status?: string;
}

const NAMES = ["q", "sort", "owner", "priority", "pipeline", "status"] as const;
const LONGEST = 400;

/** Whatever stands in an address becomes a search or nothing; numbers are ids that lost their quotes. */
export function readSearch(raw: Record<string, unknown>): ListSearch {
  const search: ListSearch = {};
  for (const name of NAMES) {
    const value = raw[name];
    const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
    if (text) search[name] = text.slice(0, LONGEST);
  }
  return search;
}

export interface Filter {
  propertyName: string;
  operator: "EQ" | "NOT_HAS_PROPERTY";
  value?: string;
}

/** The quick filters as HubSpot's language says them: all of them must hold. */
export function filtersOf(search: ListSearch, myId: string): Filter[] {
  const filters: Filter[] = [];
  const is = (propertyName: string, value: string | undefined) => {
    if (value === "none") filters.push({ propertyName, operator: "NOT_HAS_PROPERTY" });
    else if (value) filters.push({ propertyName, operator: "EQ", value });
  };
  const [kind, id] = (search.owner ?? "").split(":");
  if (kind === "team") is("hubspot_team_id", id);
  else is("hubspot_owner_id", kind === "me" ? myId : kind === "user" ? id : kind);
  is("hs_ticket_priority", search.priority);
  is("hs_pipeline", search.pipeline);
  is("hs_pipeline_stage", search.status);
  return filters;
}

export function isFiltered(search: ListSearch): boolean {
  return Boolean(search.q || search.owner || search.priority || search.pipeline || search.status);
}

export const DEFAULT_SORT = "-lastMessageAt";

/** A click on a header: first its natural direction, then the other, then back to how lists start. */
export function nextSort(current: string | undefined, column: string, first: "asc" | "desc"): string | undefined {
  const up = column;
  const down = `-${column}`;
  const [one, two] = first === "asc" ? [up, down] : [down, up];
  const now = current ?? DEFAULT_SORT;
  if (now === one) return two === DEFAULT_SORT ? undefined : two;
  if (now === two) return undefined;
  return one === DEFAULT_SORT ? undefined : one;
}

export function sortOf(current: string | undefined, column: string): "ascending" | "descending" | "none" {
  const now = current ?? DEFAULT_SORT;
  if (now === column) return "ascending";
  return now === `-${column}` ? "descending" : "none";
}

/** Everything that makes one list: the key it is cached under. */
export interface ListSpec {
  view: string;
  sort: string;
  query: string;
  filters: Filter[];
}

export function specOf(view: string, search: ListSearch, myId: string): ListSpec {
  return { view, sort: search.sort ?? DEFAULT_SORT, query: search.q ?? "", filters: filtersOf(search, myId) };
}
