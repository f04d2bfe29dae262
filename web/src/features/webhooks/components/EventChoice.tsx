import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Checkbox, cx, ErrorNote, Skeleton, TextField } from "@/ui";
import { eventTypesQuery } from "../api";
import { useT } from "../messages";
import { choosable, toggled } from "../model";
import classes from "./Webhooks.module.css";

interface Props {
  chosen: string[];
  onChange: (chosen: string[]) => void;
  error?: string;
}

/** What a webhook is told of: a list to tick, narrowed by typing. */
export function EventChoice({ chosen, onChange, error }: Props) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const [first] = useState(chosen); // what was chosen stays in sight when it is unticked
  const types = useQuery(eventTypesQuery);
  const shown = choosable(types.data?.results ?? [], first, typed);
  return (
    <div role="group" aria-label={t("events")}>
      <TextField label={t("events")} placeholder={t("findEvent")} value={typed} onChange={setTyped} tight />
      <ErrorNote error={types.error} onRetry={() => void types.refetch()} />
      <div className={classes.choices}>
        {types.isPending && [1, 2, 3].map((i) => <div key={i} className={classes.choice}><Skeleton height={20} /></div>)}
        {types.data && shown.length === 0 && <p className={classes.none}>{t("noEvent")}</p>}
        {shown.map((word) => (
          <div key={word} className={classes.choice}>
            <Checkbox
              label={<code className={classes.name}>{word}</code>}
              help={word.endsWith(".propertyChange") ? t("anyProperty") : undefined}
              checked={chosen.includes(word)}
              onChange={(on) => onChange(toggled(chosen, word, on))}
            />
          </div>
        ))}
      </div>
      <p className={cx(classes.foot, error && classes.wrong)} role={error ? "alert" : "status"}>{error ?? t("chosen", { count: chosen.length })}</p>
    </div>
  );
}
