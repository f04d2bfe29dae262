import { queryOptions } from "@tanstack/react-query";
import { address, api } from "@/lib/api";
import type { Description } from "./model";

export const descriptionQuery = queryOptions({
  queryKey: ["reference", "description"],
  queryFn: () => api.get<Description>("/openapi.json"),
  staleTime: Infinity, // it changes with the program alone
});

/** Where programs read the description. */
export const descriptionAddress = (form: "json" | "yaml") => address(`/openapi.${form}`);
