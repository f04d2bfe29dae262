import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Checkbox, cx, ErrorNote, Skeleton, TextField } from "@/ui";
import { scopesQuery } from "../api";
import { useT } from "../messages";
import { matching, toggled } from "../model";
import classes from "./ScopeChoice.module.css";

interface Props {
  chosen: string[];
  onChange: (chosen: string[]) => void;
  error?: string;
}

/** What a program may do: a list to tick, narrowed by typing. */
export function ScopeChoice({ chosen, onChange, error }: Props) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const scopes = useQuery(scopesQuery);
  const shown = matching(scopes.data?.results ?? [], typed);
  return (
    <div role="group" aria-label={t("scopes")}>
      <TextField label={t("scopes")} placeholder={t("findScope")} value={typed} onChange={setTyped} tight />
      <ErrorNote error={scopes.error} onRetry={() => void scopes.refetch()} />
      <div className={classes.list} style={{ marginTop: 8 }}>
        {scopes.isPending && [1, 2, 3].map((i) => <div key={i} className={classes.scope}><Skeleton height={34} /></div>)}
        {scopes.data && shown.length === 0 && <p className={classes.none}>{t("noScope")}</p>}
        {shown.map((scope) => (
          <div key={scope.name} className={classes.scope}>
            <Checkbox
              label={<code className={classes.name}>{scope.name}</code>}
              help={scope.does}
              checked={chosen.includes(scope.name)}
              onChange={(on) => onChange(toggled(chosen, scope.name, on))}
            />
          </div>
        ))}
      </div>
      <p className={cx(classes.foot, error && classes.wrong)} role={error ? "alert" : "status"}>{error ?? t("chosen", { count: chosen.length })}</p>
    </div>
  );
}
