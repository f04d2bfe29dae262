import { useQuery } from "@tanstack/react-query";
import { IconDots, IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { dayAndTime } from "@/lib/time";
import { Button, EmptyState, ErrorNote, IconButton, Menu, RowItem, RowList, SettingsPage, Skeleton } from "@/ui";
import { tokensQuery, type Token } from "../api";
import { useT } from "../messages";
import { summary } from "../model";
import { TokenDialog } from "./TokenDialog";
import { RevokeToken, RotateToken, SignWebhooks } from "./TokenEnds";

type Ask = "edit" | "rotate" | "sign" | "revoke";
type Asked = { what: Ask; token: Token } | { what: "create" };

export function TokensPage() {
  const t = useT();
  const tokens = useQuery(tokensQuery);
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const create = <Button kind="primary" onClick={() => setAsked({ what: "create" })}>{t("create")}</Button>;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={tokens.data?.results.length ? create : undefined}>
      <ErrorNote error={tokens.error} onRetry={() => void tokens.refetch()} />
      {tokens.isPending && [1, 2].map((i) => <Skeleton key={i} height={40} style={{ marginBottom: 8 }} />)}
      {tokens.data?.results.length === 0 && <EmptyState icon={<IconKey size={28} stroke={1.5} />} title={t("empty")} actions={create}>{t("emptyText")}</EmptyState>}
      {!!tokens.data?.results.length && (
        <RowList label={t("title")}>
          {tokens.data.results.map((token) => <TokenRow key={token.id} token={token} onAsk={(what) => setAsked({ what, token })} />)}
        </RowList>
      )}
      {asked?.what === "create" && <TokenDialog onClose={close} />}
      {asked?.what === "edit" && <TokenDialog token={asked.token} onClose={close} />}
      {asked?.what === "rotate" && <RotateToken token={asked.token} onClose={close} />}
      {asked?.what === "sign" && <SignWebhooks token={asked.token} onClose={close} />}
      {asked?.what === "revoke" && <RevokeToken token={asked.token} onClose={close} />}
    </SettingsPage>
  );
}

function TokenRow({ token, onAsk }: { token: Token; onAsk: (what: Ask) => void }) {
  const t = useT();
  const used = token.lastUsedAt ? t("used", { at: dayAndTime(token.lastUsedAt) }) : t("unused");
  return (
    <RowItem title={token.name} note={[summary(token.allScopes, token.scopes), used, t("created", { at: dayAndTime(token.createdAt) })].join(" · ")}>
      <Button size="small" onClick={() => onAsk("edit")} aria-label={t("editTitle", { name: token.name })}>{t("edit")}</Button>
      <Menu
        trigger={<IconButton label={t("more", { name: token.name })}><IconDots size={16} /></IconButton>}
        groups={[{ entries: [{ label: t("rotate"), run: () => onAsk("rotate") }, { label: t("sign"), run: () => onAsk("sign") }, { label: t("revoke"), danger: true, run: () => onAsk("revoke") }] }]}
      />
    </RowItem>
  );
}
