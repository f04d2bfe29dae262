import { IconX } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { cx } from "@/ui";
import { useT } from "../messages";
import { addTo, label as nameOf, parseAddresses, type Address } from "../recipients";
import classes from "./People.module.css";

interface Props {
  label: string;
  list: readonly Address[];
  onChange: (list: Address[]) => void;
  search: (query: string) => Promise<Address[]>;
  /** Takes the focus at once: it was just asked for. */
  start?: boolean;
}

/** Addresses as chips: type and choose, paste a list, Enter or comma adds, Backspace takes the last away. */
export function PeopleField({ label, list, onChange, search, start }: Props) {
  const t = useT();
  const id = useId();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const found = useSuggestions(text, list, search);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (start) input.current?.focus();
  }, [start]);
  const add = (more: readonly Address[], rest = "") => {
    if (more.length) onChange(addTo(list, more));
    setText(rest);
    setAt(0);
  };
  /** Makes chips of what was typed; what is no address stays and is marked. */
  const take = () => {
    const { found: typed, rest } = parseAddresses(text);
    add(typed, rest);
    setWrong(rest !== "");
    return rest === "";
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const choice = found[at];
    if (e.key === "Backspace" && text === "") onChange(list.slice(0, -1));
    else if (e.key === "ArrowDown" && found.length) setAt((at + 1) % found.length);
    else if (e.key === "ArrowUp" && found.length) setAt((at + found.length - 1) % found.length);
    else if (e.key === "Escape" && text) setText("");
    else if ((e.key === "Enter" || e.key === "Tab") && choice) add([choice]);
    else if ((e.key === "Enter" || e.key === "," || e.key === ";") && text.trim() && !e.ctrlKey && !e.metaKey) take();
    else return;
    if (e.key !== "Backspace") e.preventDefault();
  };
  const onPaste = (e: ClipboardEvent) => {
    const pasted = parseAddresses(e.clipboardData.getData("text"));
    if (pasted.found.length === 0) return;
    e.preventDefault();
    add(pasted.found, pasted.rest);
  };
  return (
    <div className={classes.field} onClick={() => input.current?.focus()}>
      <label htmlFor={id} className={classes.label}>{label}</label>
      <ul className={classes.chips}>
        {list.map((a) => (
          <li key={a.email} className={classes.chip} title={a.email}>
            <span>{nameOf(a)}</span>
            <button type="button" aria-label={t("removePerson", { name: nameOf(a) })} onClick={() => onChange(list.filter((x) => x !== a))}><IconX size={12} aria-hidden /></button>
          </li>
        ))}
        <li className={classes.typing}>
          <input
            ref={input} id={id} value={text} type="text" inputMode="email" autoComplete="off" spellCheck={false} role="combobox" aria-expanded={found.length > 0} aria-controls={`${id}-list`} aria-autocomplete="list"
            aria-activedescendant={found.length ? `${id}-${at}` : undefined} aria-invalid={wrong || undefined} onChange={(e) => { setText(e.target.value); setWrong(false); setAt(0); }} onKeyDown={onKeyDown} onPaste={onPaste} onBlur={() => text.trim() && take()}
          />
          <ul className={classes.list} id={`${id}-list`} role="listbox" aria-label={t("addPerson", { field: label })} hidden={found.length === 0}>
            {found.map((a, i) => (
              <li key={a.email} id={`${id}-${i}`} role="option" aria-selected={i === at} className={cx(classes.option, i === at && classes.current)} onPointerDown={(e) => { e.preventDefault(); add([a]); }}>
                <span>{a.name || a.email}</span>{a.name && <small>{a.email}</small>}
              </li>
            ))}
          </ul>
        </li>
      </ul>
      {wrong && <span role="alert" className={classes.wrong}>{t("notAnAddress", { text })}</span>}
    </div>
  );
}

const PAUSE_MS = 150;

function useSuggestions(text: string, list: readonly Address[], search: Props["search"]): Address[] {
  const [found, setFound] = useState<{ query: string; hits: Address[] }>({ query: "", hits: [] });
  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  });
  const query = text.trim();
  useEffect(() => {
    if (query.length < 2) return;
    let stale = false;
    const timer = setTimeout(() => {
      latest.current(query).then((hits) => !stale && setFound({ query, hits }), () => undefined); // typing an address by hand still works
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [query]);
  if (query.length < 2 || !query.startsWith(found.query.slice(0, 2))) return [];
  return found.hits.filter((h) => !list.some((a) => a.email.toLowerCase() === h.email.toLowerCase())).slice(0, 6);
}
