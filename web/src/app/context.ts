import type { QueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { Live } from "@/lib/live";

/** What the router hands to every route. */
export interface AppContext {
  client: QueryClient;
  live: Live;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive outside of the app");
  return live;
}
