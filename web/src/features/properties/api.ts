import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Answers, type Bodies, type Schemas } from "@/lib/api";

export type Definition = Schemas["PropertiesDefinition"];

export type Group = Schemas["PropertiesGroup"];

export type DefinitionChange = Bodies["PATCH /property-definitions/{objectType}/{name}"];

export type NewDefinition = Bodies["POST /property-definitions/{objectType}"];

export const definitionsQuery = (objectType: string, archived: boolean) =>
  queryOptions({
    queryKey: ["definition", "list", objectType, archived],
    queryFn: () => api.get<Answers["GET /property-definitions/{objectType}"]>(`/property-definitions/${objectType}${archived ? "?archived=true" : ""}`),
  });

export const groupsQuery = (objectType: string) =>
  queryOptions({ queryKey: ["definition", "groups", objectType], queryFn: () => api.get<Answers["GET /property-groups/{objectType}"]>(`/property-groups/${objectType}`) });

/** What is made can be used at once: the forms and filters of tickets ask anew, too (PROP-6). */
function useDefinitionMutation<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["definition"] }), client.invalidateQueries({ queryKey: ["property"] })]),
  });
}

export const useAddDefinition = (objectType: string) => useDefinitionMutation((d: NewDefinition) => api.post(`/property-definitions/${objectType}`, d));

export const useChangeDefinition = (objectType: string) =>
  useDefinitionMutation(({ name, change }: { name: string; change: DefinitionChange }) => api.patch(`/property-definitions/${objectType}/${name}`, change));

export const useArchiveDefinition = (objectType: string) => useDefinitionMutation((name: string) => api.delete(`/property-definitions/${objectType}/${name}`));

export const useAddGroup = (objectType: string) =>
  useDefinitionMutation((group: { name: string; label: string }) => api.post(`/property-groups/${objectType}`, { ...group, displayOrder: -1 }));
