import { QueryClientProvider } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";
import { meQuery } from "@/lib/me";
import { forget, makeQueryClient } from "@/lib/query";
import { Live } from "@/lib/live";
import { UiProvider, Toasts } from "@/ui";
import { useScheme } from "@/lib/preferences";
import { RouterProvider } from "@tanstack/react-router";
import { LiveContext } from "./context";
import { BrokenPage, MissingPage } from "./Fallback";
import { routeTree } from "./routes";

const client = makeQueryClient(() => signedOut());
const live = new Live(client);
window.addEventListener("online", () => live.hurry());

const router = createRouter({
  routeTree,
  context: { client, live },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 300,
  defaultErrorComponent: BrokenPage,
  defaultNotFoundComponent: MissingPage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** The session ended, here or elsewhere: sign in again and come back to this address. */
function signedOut(): void {
  const { pathname, href } = router.state.location;
  // Who was not signed in is led to sign-in by the route itself.
  if (pathname === "/login" || pathname === "/setup" || !client.getQueryData(meQuery.queryKey)) return;
  live.stop();
  void router.navigate({ to: "/login", search: { next: href }, replace: true }).then(() => forget(client));
}

export function App() {
  const scheme = useScheme();
  return (
    <UiProvider scheme={scheme}>
      <QueryClientProvider client={client}>
        <LiveContext value={live}>
          <RouterProvider router={router} />
          <Toasts />
        </LiveContext>
      </QueryClientProvider>
    </UiProvider>
  );
}
