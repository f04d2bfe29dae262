import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { explain } from "@/lib/api";
import { useAllCommands } from "@/lib/commands";
import { Kbd, Overlay } from "@/ui";
import { searchQuery } from "../api";
import { useT } from "../messages";
import { commandGroups, hitGroups, type Entry, type EntryGroup } from "../model";
import classes from "./Palette.module.css";

/** Ctrl/Cmd-K: finds commands, settings, tickets and contacts (UX-1). */
export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  return (
    <Overlay open={open} onClose={onClose} label={t("title")}>
      <PaletteBody onClose={onClose} />
    </Overlay>
  );
}

function useGroups(query: string) {
  const t = useT();
  const navigate = useNavigate();
  const commands = useAllCommands();
  const words = useSettled(query.trim(), 150);
  const hits = useQuery({ ...searchQuery(words), placeholderData: keepPreviousData });
  const found = words.length >= 2 && query.trim().length >= 2 ? hits.data : undefined;
  const groups: EntryGroup[] = [
    // Not deferred: Enter right after the last letter must run what fits it.
    ...commandGroups(commands, query),
    ...hitGroups(found, { tickets: t("tickets"), contacts: t("contacts") }, {
      ticket: (ticketId) => void navigate({ to: "/tickets/$ticketId", params: { ticketId } }),
      contact: (contactId) => void navigate({ to: "/contacts/$contactId", params: { contactId } }),
    }),
  ];
  return { groups, hits, waiting: hits.isFetching || words !== query.trim() };
}

/** The text once it has rested for a while. */
function useSettled(text: string, ms: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []); // the dialog's own focus comes a moment later: who types on would lose letters
  const { groups, hits, waiting } = useGroups(query);
  const entries = groups.flatMap((g) => g.entries);
  const chosen = Math.min(at, entries.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && entries.length) setAt((chosen + step + entries.length) % entries.length);
    else if (event.key === "Enter") run(entries[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <input
        ref={field} className={classes.input} value={query} placeholder={t("placeholder")} aria-label={t("title")} data-autofocus role="combobox" aria-expanded
        aria-controls="palette-list" aria-activedescendant={entries[chosen] ? `palette-${entries[chosen].id}` : undefined} autoComplete="off" spellCheck={false}
        onKeyDown={onKeyDown}
        onChange={(e) => {
          setQuery(e.target.value);
          setAt(0);
        }}
      />
      <div ref={list} id="palette-list" role="listbox" aria-label={t("results")} className={classes.list}>
        <Results groups={groups} chosen={entries[chosen]} onRun={run} />
        {hits.isError && query.trim().length >= 2 && <div className={classes.empty}>{t("failed", { reason: explain(hits.error) })}</div>}
        {!hits.isError && entries.length === 0 && <div className={classes.empty}>{waiting ? t("searching") : t("nothing", { query })}</div>}
      </div>
      <div className={classes.foot}>{t("hint")}</div>
    </>
  );
}

function Results({ groups, chosen, onRun }: { groups: EntryGroup[]; chosen: Entry | undefined; onRun: (entry: Entry) => void }) {
  return groups.map((group) => (
    <div key={group.label} role="group" aria-label={group.label}>
      <div className={classes.label} aria-hidden>{group.label}</div>
      {group.entries.map((entry) => (
        <div key={entry.id} id={`palette-${entry.id}`} role="option" aria-selected={entry === chosen} className={classes.entry} onMouseDown={(e) => e.preventDefault()} onClick={() => onRun(entry)}>
          <span className={classes.name}>{entry.label}</span>
          <span className={classes.note}>{entry.note}</span>
          {entry.keys && <Kbd keys={entry.keys} />}
        </div>
      ))}
    </div>
  ));
}
