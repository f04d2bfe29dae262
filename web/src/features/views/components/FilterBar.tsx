import { IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { PriorityIcon, StageIcon, useDirectory } from "@/features/tickets";
import { useShortcuts } from "@/lib/keyboard";
import { Avatar, Button, IconButton, Picker, type Choice } from "@/ui";
import { isFiltered, type ListSearch } from "../filters";
import { useT } from "../messages";
import classes from "./FilterBar.module.css";

interface Props {
  search: ListSearch;
  onChange: (search: ListSearch) => void;
}

/** Search box and quick filters (LIST-2, LIST-3). What is chosen lives in the address. */
export function FilterBar({ search, onChange }: Props) {
  const t = useT();
  const set = (name: keyof ListSearch) => (value: string) => onChange({ ...search, [name]: value || undefined, ...(name === "pipeline" && { status: undefined }) });
  const choices = useFilterChoices(search);
  const filters = (["owner", "priority", "pipeline", "status"] as const).filter((n) => n !== "pipeline" || choices.pipeline.length > 2);
  return (
    <div className={classes.bar} role="search" aria-label={t("filters")}>
      <SearchBox value={search.q ?? ""} onSubmit={set("q")} />
      {filters.map((name) => (
        <Picker key={name} quiet searchFrom={1} label={t(name)} choices={choices[name]} value={search[name] ?? ""} onChange={set(name)}>
          <span className={search[name] ? classes.set : classes.unset}>
            {t(name)}{search[name] && ": "}
            {search[name] && <strong>{choices[name].find((c) => c.value === search[name])?.label ?? search[name]}</strong>}
          </span>
        </Picker>
      ))}
      {isFiltered(search) && <Button kind="quiet" size="small" onClick={() => onChange({ sort: search.sort })}>{t("clearFilters")}</Button>}
    </div>
  );
}

function useFilterChoices(search: ListSearch): Record<"owner" | "priority" | "pipeline" | "status", Choice[]> {
  const t = useT();
  const { users, teams, pipelines } = useDirectory();
  const any: Choice = { value: "", label: t("any") };
  const shown = search.pipeline ? pipelines.filter((p) => p.id === search.pipeline) : pipelines;
  return {
    owner: [
      any,
      { value: "me", label: t("me") },
      { value: "none", label: t("nobody") },
      ...users.filter((u) => u.active).map((u) => ({ value: `user:${u.id}`, label: u.name, group: t("people"), icon: <Avatar name={u.name} seed={u.id} size={18} /> })),
      ...teams.map((it) => ({ value: `team:${it.id}`, label: it.name, group: t("teams") })),
    ],
    priority: [
      any,
      ...(["URGENT", "HIGH", "MEDIUM", "LOW"] as const).map((p) => ({ value: p, label: t(p.toLowerCase() as "low"), icon: <PriorityIcon priority={p} /> })),
      { value: "none", label: t("noPriority") },
    ],
    pipeline: [any, ...pipelines.map((p) => ({ value: p.id, label: p.label }))],
    status: [
      any,
      ...shown.flatMap((p) => p.stages.map((s) => ({ value: s.id, label: s.label, group: shown.length > 1 ? p.label : undefined, icon: <StageIcon stage={s} stages={p.stages} /> }))),
    ],
  };
}

function SearchBox({ value, onSubmit }: { value: string; onSubmit: (q: string) => void }) {
  const t = useT();
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(value), [value]); // the address changed: back, forward, clear
  useShortcuts([{ keys: "/", label: t("search"), scope: t("scopeList"), run: () => input.current?.select() }]);
  return (
    <form className={classes.search} onSubmit={(e) => { e.preventDefault(); onSubmit(text.trim()); input.current?.blur(); }}>
      <IconSearch size={14} aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={t("search")}
        placeholder={t("searchPlaceholder")}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => { if (e.key === "Escape") { setText(value); e.currentTarget.blur(); } }}
      />
      {value && <IconButton label={t("clearSearch")} onClick={() => onSubmit("")}><IconX size={14} /></IconButton>}
    </form>
  );
}
