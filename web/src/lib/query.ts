import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api";

/**
 * The server's state. A query key starts with the live type of what it holds, then the id or "list":
 * ["ticket", "123"], ["ticket", "list", {...}], ["counts"]. What the server announces is then fetched again by itself.
 */
export function makeQueryClient(onEnded: () => void): QueryClient {
  const ended = (error: unknown) => {
    if (error instanceof ApiError && error.status === 401) onEnded();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: ended }),
    mutationCache: new MutationCache({ onError: ended }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.offline || error.status >= 500),
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

/** Forgets all that belongs to who was signed in. */
export function forget(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "setup" });
  client.getMutationCache().clear();
}

interface Optimistic<D, V> {
  client: QueryClient;
  /** The keys whose data the change touches (prefixes are fine). */
  keys: readonly (readonly unknown[])[];
  apply: (data: D, variables: V) => D;
}

/**
 * Options for useMutation: shows the change at once in every cached answer under `keys`, and puts all back when it
 * is refused. The caller adds mutationFn and its own onError that says why.
 */
export function optimistic<D, V>({ client, keys, apply }: Optimistic<D, V>) {
  return {
    onMutate: async (variables: V) => {
      const before: [readonly unknown[], D | undefined][] = [];
      for (const queryKey of keys) {
        await client.cancelQueries({ queryKey });
        for (const [key, data] of client.getQueriesData<D>({ queryKey })) {
          before.push([key, data]);
          if (data !== undefined) client.setQueryData<D>(key, apply(data, variables));
        }
      }
      return () => before.forEach(([key, data]) => client.setQueryData(key, data));
    },
    rollback: (undo: (() => void) | undefined) => undo?.(),
    settle: () => keys.forEach((queryKey) => void client.invalidateQueries({ queryKey })),
  };
}
