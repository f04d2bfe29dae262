import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { api, type Schemas } from "./api";
import { setLanguage } from "./i18n";
import { setLook, type Density, type Theme } from "./preferences";
import { setPlace } from "./time";

export interface Preferences {
  density: Density;
  theme: Theme;
  listColumns?: string[];
  [free: string]: unknown;
}

/** Who is signed in, and what they may do. */
export type Me = Omit<Schemas["SessionMe"], "preferences"> & { preferences: Preferences };

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => settle(await api.get<Me>("/me")),
  staleTime: 5 * 60_000,
});

/** Makes the page speak and look as this person wants. */
export function settle(answer: Me): Me {
  const me = { ...answer, preferences: answer.preferences ?? {} };
  setPlace({ locale: me.locale, timeZone: me.timeZone });
  setLanguage((me.locale || "en").split("-")[0] ?? "en");
  setLook({ theme: me.preferences.theme, density: me.preferences.density });
  return me;
}

export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export function useCan(): (permission: string) => boolean {
  const me = useMe();
  return (permission) => me.superAdmin || me.permissions.includes(permission);
}

export type MeChange = Partial<Pick<Me, "name" | "locale" | "timeZone">> & { preferences?: Partial<Preferences> };

/** Saves preferences, name, locale, zone; on screen at once, back if refused. */
export function useChangeMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: MeChange) => {
      const me = client.getQueryData<Me>(["me"]);
      const preferences = change.preferences && { ...me?.preferences, ...change.preferences };
      return api.patch<Me>("/me", { ...change, ...(preferences && { preferences }) });
    },
    onMutate: (change) => {
      const before = client.getQueryData<Me>(["me"]);
      if (before) client.setQueryData(["me"], settle({ ...before, ...change, preferences: { ...before.preferences, ...change.preferences } }));
      return before;
    },
    onError: (_error, _change, before) => before && client.setQueryData(["me"], settle(before)),
    onSuccess: (me) => client.setQueryData(["me"], settle(me)),
  });
}
