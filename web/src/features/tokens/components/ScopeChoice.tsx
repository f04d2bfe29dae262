import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { TickList } from "@/ui";
import { scopesQuery } from "../api";
import { useT } from "../messages";
import { matching } from "../model";

interface Props {
  chosen: string[];
  onChange: (chosen: string[]) => void;
  error?: string;
}

/** What a program may do. */
export function ScopeChoice({ chosen, onChange, error }: Props) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const scopes = useQuery(scopesQuery);
  const items = matching(scopes.data?.results ?? [], typed).map(({ name, does }) => ({ name, help: does }));
  return (
    <TickList
      label={t("scopes")} placeholder={t("findScope")} none={t("noScope")} foot={t("chosen", { count: chosen.length })}
      typed={typed} onType={setTyped} source={scopes} items={items} chosen={chosen} onChange={onChange} error={error}
    />
  );
}
