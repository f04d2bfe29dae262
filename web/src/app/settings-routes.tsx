import { readAuditSearch } from "@/features/audit";
import { readReferenceSearch } from "@/features/reference";
import { createRoute, lazyRouteComponent, redirect, type AnyRoute } from "@tanstack/react-router";

/** /settings and its pages: one page a subject. */
export function settingsRoutes<P extends AnyRoute>(parent: P) {
  const layout = createRoute({
    getParentRoute: () => parent,
    path: "/settings",
    component: lazyRouteComponent(() => import("@/features/settings/pages"), "SettingsLayout"),
  });
  const people = () => import("@/features/people/pages");
  const pipelines = () => import("@/features/pipelines/pages");
  const webhooks = () => import("@/features/webhooks/pages");
  const channels = () => import("@/features/channels/pages");
  return layout.addChildren([
    createRoute({
      getParentRoute: () => layout,
      path: "/",
      beforeLoad: () => {
        throw redirect({ to: "/settings/profile" });
      },
    }),
    createRoute({ getParentRoute: () => layout, path: "profile", component: lazyRouteComponent(() => import("@/features/profile/pages"), "ProfilePage") }),
    createRoute({ getParentRoute: () => layout, path: "users", component: lazyRouteComponent(people, "UsersPage") }),
    createRoute({ getParentRoute: () => layout, path: "teams", component: lazyRouteComponent(people, "TeamsPage") }),
    createRoute({ getParentRoute: () => layout, path: "pipelines", component: lazyRouteComponent(pipelines, "PipelinesPage") }),
    createRoute({ getParentRoute: () => layout, path: "pipelines/$pipelineId", component: lazyRouteComponent(pipelines, "PipelinePage") }),
    createRoute({ getParentRoute: () => layout, path: "properties", component: lazyRouteComponent(() => import("@/features/properties/pages"), "PropertiesPage") }),
    createRoute({ getParentRoute: () => layout, path: "channels", component: lazyRouteComponent(channels, "ChannelsPage") }),
    createRoute({ getParentRoute: () => layout, path: "channels/new", component: lazyRouteComponent(channels, "NewChannelPage") }),
    createRoute({ getParentRoute: () => layout, path: "channels/$channelId", component: lazyRouteComponent(channels, "ChannelPage") }),
    createRoute({ getParentRoute: () => layout, path: "attention", component: lazyRouteComponent(() => import("@/features/attention/pages"), "AttentionPage") }),
    createRoute({ getParentRoute: () => layout, path: "tokens", component: lazyRouteComponent(() => import("@/features/tokens/pages"), "TokensPage") }),
    createRoute({ getParentRoute: () => layout, path: "apps", component: lazyRouteComponent(() => import("@/features/apps/pages"), "AppsPage") }),
    createRoute({ getParentRoute: () => layout, path: "webhooks", component: lazyRouteComponent(webhooks, "WebhooksPage") }),
    createRoute({ getParentRoute: () => layout, path: "webhooks/$webhookId", component: lazyRouteComponent(webhooks, "WebhookLogPage") }),
    createRoute({
      getParentRoute: () => layout,
      path: "reference",
      validateSearch: readReferenceSearch,
      component: lazyRouteComponent(() => import("@/features/reference/pages"), "ReferencePage"),
    }),
    createRoute({
      getParentRoute: () => layout,
      path: "audit",
      validateSearch: readAuditSearch,
      component: lazyRouteComponent(() => import("@/features/audit/pages"), "AuditPage"),
    }),
  ]);
}
