import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { TickList } from "@/ui";
import { eventTypesQuery } from "../api";
import { useT } from "../messages";
import { choosable } from "../model";

interface Props {
  chosen: string[];
  onChange: (chosen: string[]) => void;
  error?: string;
}

/** What a webhook is told of. */
export function EventChoice({ chosen, onChange, error }: Props) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const [first] = useState(chosen); // what was chosen stays in sight when it is unticked
  const types = useQuery(eventTypesQuery);
  const items = choosable(types.data?.results ?? [], first, typed).map((name) => ({ name, help: name.endsWith(".propertyChange") ? t("anyProperty") : undefined }));
  return (
    <TickList
      label={t("events")} placeholder={t("findEvent")} none={t("noEvent")} foot={t("chosen", { count: chosen.length })}
      typed={typed} onType={setTyped} source={types} items={items} chosen={chosen} onChange={onChange} error={error}
    />
  );
}
