import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api, type Answers } from "@/lib/api";
import { Avatar, Button, Picker, toastError, type Choice } from "@/ui";
import { useAssociate } from "../changes";
import { useT } from "../messages";
import { companySearch, contactSearch } from "../queries";
import classes from "./Details.module.css";
import { NewContact } from "./NewContact";

const NEW = "new:";

interface FindProps {
  onPick: (id: string, name: string) => void;
  taken: readonly string[];
  label: string;
  children?: React.ReactNode;
}

/** Search for a contact by name or e-mail; one that isn't there yet is made on the way. */
export function FindContact({ onPick, taken, label, children }: FindProps) {
  const t = useT();
  const [query, setQuery] = useState("");
  const [making, setMaking] = useState<string | null>(null);
  const found = useQuery({ ...contactSearch(query.trim()), enabled: query.trim().length > 0 }).data ?? [];
  const known = found.some((c) => c.email.toLowerCase() === query.trim().toLowerCase());
  const choices: Choice[] = [
    ...(query.trim() ? found : []).filter((c) => !taken.includes(c.id)).map((c) => ({ value: c.id, label: c.name || c.email, note: c.name ? c.email : undefined, icon: <Avatar name={c.name || c.email} seed={c.id} size={18} /> })),
    ...(query.trim() && !known ? [{ value: `${NEW}${query.trim()}`, label: t("createContact", { name: query.trim() }), icon: <IconPlus size={16} aria-hidden /> }] : []),
  ];
  const pick = (value: string) => {
    if (value.startsWith(NEW)) setMaking(value.slice(NEW.length));
    else onPick(value, choices.find((c) => c.value === value)?.label ?? "");
  };
  return (
    <>
      <Picker label={label} placeholder={t("find")} choices={choices} value={null} onSearch={setQuery} onChange={pick} quiet={Boolean(children)}>{children}</Picker>
      <NewContact start={making} onClose={() => setMaking(null)} onMade={(c) => { setMaking(null); onPick(c.id, c.name || c.email); }} />
    </>
  );
}

export function FindCompany({ onPick, taken, label, children }: FindProps) {
  const t = useT();
  const [query, setQuery] = useState("");
  const text = query.trim();
  const found = useQuery({ ...companySearch(text), enabled: text.length > 0 }).data ?? [];
  const choices: Choice[] = [
    ...(text ? found : []).filter((c) => !taken.includes(c.id)).map((c) => ({ value: c.id, label: c.name || c.domain, note: c.domain })),
    ...(text ? [{ value: `${NEW}${text}`, label: t("createCompany", { name: text }), icon: <IconPlus size={16} aria-hidden /> }] : []),
  ];
  const make = async (name: string) => {
    const domain = /^[\w-]+(\.[\w-]+)+$/.test(name) ? name.toLowerCase() : "";
    try {
      const made = await api.post<Answers["POST /companies"]>("/companies", { properties: { name, ...(domain && { domain }) } });
      onPick(made.id, name);
    } catch (error) {
      toastError(error);
    }
  };
  const pick = (value: string) => {
    if (value.startsWith(NEW)) void make(value.slice(NEW.length));
    else onPick(value, choices.find((c) => c.value === value)?.label ?? "");
  };
  return <Picker label={label} placeholder={t("findCompany")} choices={choices} value={null} onSearch={setQuery} onChange={pick} quiet={Boolean(children)}>{children}</Picker>;
}

/** "Add contact" where a ticket has nobody to write to: a search that opens in its place (TICK-4). */
export function AddContact({ ticketId, kind }: { ticketId: string; kind: "primary" | "plain" }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const associate = useAssociate(ticketId);
  if (!open) return <Button kind={kind} onClick={() => setOpen(true)} icon={<IconPlus size={16} aria-hidden />}>{t("addContact")}</Button>;
  return (
    <div className={classes.inlineFind}>
      <FindContact label={t("addContact")} taken={[]} onPick={(id) => { setOpen(false); associate.mutate({ type: "contacts", id, on: true }, { onError: toastError }); }} />
    </div>
  );
}

/** A small plus that opens the search. */
export function AddButton({ ticketId, type, taken }: { ticketId: string; type: "contacts" | "companies"; taken: readonly string[] }) {
  const t = useT();
  const associate = useAssociate(ticketId);
  const label = t(type === "contacts" ? "addContact" : "addCompany");
  const Find = type === "contacts" ? FindContact : FindCompany;
  const pick = (id: string) => associate.mutate({ type, id, on: true }, { onError: toastError });
  return <Find label={label} taken={taken} onPick={pick}><IconPlus size={14} aria-hidden /></Find>;
}

