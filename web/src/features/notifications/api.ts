import { infiniteQueryOptions, useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";

export type Notification = Schemas["NotificationsNotification"];

export type NotificationPage = Answers["GET /notifications"];

export const notificationsQuery = infiniteQueryOptions({
  queryKey: ["notification", "list"],
  queryFn: ({ pageParam }) => api.get<Answers["GET /notifications"]>("/notifications", { query: { after: pageParam } }),
  initialPageParam: "",
  getNextPageParam: (last) => last.paging?.next?.after,
});

/** Marks as read at once; all of them when no ids are given. */
export function useMarkRead() {
  const client = useQueryClient();
  const key = notificationsQuery.queryKey;
  return useMutation({
    mutationFn: (ids?: string[]) => api.post<Answers["POST /notifications/read"]>("/notifications/read", ids ? { ids } : { all: true }),
    onMutate: (ids) => {
      const before = client.getQueryData(key);
      client.setQueryData(key, (data) => data && markRead(data, ids));
      return before;
    },
    onError: (_e, _ids, before) => client.setQueryData(key, before),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

export function markRead(data: InfiniteData<NotificationPage, unknown>, ids?: string[]): InfiniteData<NotificationPage, unknown> {
  const hit = (n: Notification) => !n.read && (!ids || ids.includes(n.id));
  const count = data.pages.flatMap((p) => p.results).filter(hit).length;
  const pages = data.pages.map((p) => ({
    ...p,
    unread: ids ? Math.max(0, p.unread - count) : 0,
    results: p.results.map((n) => (hit(n) ? { ...n, read: true } : n)),
  }));
  return { ...data, pages };
}
