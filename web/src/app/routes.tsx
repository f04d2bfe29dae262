import { createRootRouteWithContext, createRoute, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { readRequest } from "@/features/apps";
import { readSearch as readContactSearch } from "@/features/contacts";
import { readSearch } from "@/features/views";
import { ApiError } from "@/lib/api";
import { meQuery } from "@/lib/me";
import type { AppContext } from "./context";
import { settingsRoutes } from "./settings-routes";
import { Shell } from "./Shell";

export const rootRoute = createRootRouteWithContext<AppContext>()({ component: Outlet });

const sessionPages = () => import("@/features/session/pages");

const login = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (raw: Record<string, unknown>): { next?: string } => ({ next: safeNext(raw.next) }),
  component: lazyRouteComponent(sessionPages, "LoginPage"),
});

const setup = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  validateSearch: (raw: Record<string, unknown>): { step?: "mail" | "try" } => ({ step: raw.step === "mail" || raw.step === "try" ? raw.step : undefined }),
  component: lazyRouteComponent(sessionPages, "SetupPage"),
});

/** Only an address of ours: a link that leads elsewhere after signing in would be a trap. */
export function safeNext(raw: unknown): string | undefined {
  return typeof raw === "string" && /^\/(?![/\\])/.test(raw) ? raw : undefined;
}

/** Lets in who is signed in, and leads anybody else to sign in and come back to an address. */
async function mustSignIn(context: AppContext, href: string) {
  try {
    await context.client.ensureQueryData(meQuery);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      throw redirect({ to: "/login", search: { next: href === "/" ? undefined : href } });
    }
    throw error;
  }
}

const shell = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    await mustSignIn(context, location.href);
    context.live.start();
  },
  component: Shell,
});

// Apps send people here with a whole page load; the router may write what stands behind the ? anew.
const arrivedWith = window.location.search;

const authorize = createRoute({
  getParentRoute: () => rootRoute,
  path: "/oauth/authorize",
  beforeLoad: ({ context }) => mustSignIn(context, `/oauth/authorize${arrivedWith}`),
  loader: () => readRequest(arrivedWith),
  component: lazyRouteComponent(() => import("@/features/apps/pages"), "ConsentPage"),
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/views/$viewId", params: { viewId: "unassigned" } });
  },
});

const view = createRoute({
  getParentRoute: () => shell,
  path: "/views/$viewId",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/views/pages"), "ViewPage"),
});

const splitTicket = createRoute({
  getParentRoute: () => shell,
  path: "/views/$viewId/tickets/$ticketId",
  component: lazyRouteComponent(() => import("@/features/views/pages"), "SplitTicketPage"),
});

const ticket = createRoute({
  getParentRoute: () => shell,
  path: "/tickets/$ticketId",
  component: lazyRouteComponent(() => import("@/features/tickets/pages"), "TicketPage"),
});

const contacts = createRoute({
  getParentRoute: () => shell,
  path: "/contacts",
  validateSearch: readContactSearch,
  component: lazyRouteComponent(() => import("@/features/contacts/pages"), "ContactsPage"),
});

const contact = createRoute({
  getParentRoute: () => shell,
  path: "/contacts/$contactId",
  component: lazyRouteComponent(() => import("@/features/contacts/pages"), "ContactPage"),
});

const outbox = createRoute({
  getParentRoute: () => shell,
  path: "/outbox",
  validateSearch: (raw: Record<string, unknown>): { message?: string } => ({ message: raw.message === undefined ? undefined : String(raw.message) }),
  component: lazyRouteComponent(() => import("@/features/outbox/pages"), "OutboxPage"),
});

export const routeTree = rootRoute.addChildren([
  login,
  setup,
  authorize,
  shell.addChildren([home, view, splitTicket, ticket, contacts, contact, outbox, settingsRoutes(shell)]),
]);
