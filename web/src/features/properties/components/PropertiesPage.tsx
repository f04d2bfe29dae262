import { useQuery } from "@tanstack/react-query";
import { IconDots, IconForms } from "@tabler/icons-react";
import { useState } from "react";
import { Button, Confirm, EmptyState, ErrorNote, IconButton, Menu, Pill, RowItem, RowList, Section, Segments, SettingsPage, Skeleton, TextField, toast, toastError } from "@/ui";
import { definitionsQuery, groupsQuery, useAddDefinition, useArchiveDefinition, type Definition } from "../api";
import { useT } from "../messages";
import { againOf, grouped, OBJECT_TYPES, shownKind, type ObjectType } from "../model";
import classes from "./Properties.module.css";
import { PropertyDialog } from "./PropertyDialog";

/** What records can hold, by object type and group (PROP-1, PROP-2). */
export function PropertiesPage() {
  const t = useT();
  const [objectType, setObjectType] = useState<ObjectType>("tickets");
  const [which, setWhich] = useState<"used" | "archived">("used");
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState<Definition | "new" | null>(null);
  const [archiving, setArchiving] = useState<Definition | null>(null);
  const definitions = useQuery(definitionsQuery(objectType, which === "archived"));
  const groups = useQuery(groupsQuery(objectType));
  const all = (definitions.data?.results ?? []).filter((d) => !d.hidden);
  const shown = grouped(all, groups.data?.results ?? [], typed);
  const none = which === "archived" && all.length === 0;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={<Button kind="primary" onClick={() => setOpen("new")}>{t("create")}</Button>}>
      <div className={classes.bar}>
        <Segments label={t("objectType")} name="object-type" choices={OBJECT_TYPES.map((o) => ({ value: o, label: t(o) }))} value={objectType} onChange={setObjectType} />
        <Segments label={t("which")} name="which" choices={[{ value: "used", label: t("used") }, { value: "archived", label: t("archived") }]} value={which} onChange={setWhich} />
      </div>
      <TextField label={t("find")} placeholder={t("findHint")} value={typed} onChange={setTyped} tight />
      <ErrorNote error={definitions.error ?? groups.error} onRetry={() => void Promise.all([definitions.refetch(), groups.refetch()])} />
      {definitions.isPending && [1, 2, 3].map((i) => <Skeleton key={i} height={48} style={{ marginTop: 8 }} />)}
      {definitions.data && shown.length === 0 && <EmptyState icon={<IconForms size={28} stroke={1.5} />} title={t(none ? "noneArchived" : "noneFits")}>{t(none ? "noneArchivedText" : "noneFitsText")}</EmptyState>}
      {shown.map(({ group, properties }) => (
        <Section key={group.name} title={group.label}>
          <RowList label={group.label}>
            {properties.map((d) => <PropertyRow key={d.name} objectType={objectType} definition={d} onOpen={() => setOpen(d)} onArchive={() => setArchiving(d)} />)}
          </RowList>
        </Section>
      ))}
      {open && groups.data && <PropertyDialog objectType={objectType} definition={open === "new" ? undefined : open} groups={groups.data.results} onClose={() => setOpen(null)} />}
      {archiving && <Archive objectType={objectType} definition={archiving} onClose={() => setArchiving(null)} />}
    </SettingsPage>
  );
}

interface RowProps {
  objectType: ObjectType;
  definition: Definition;
  onOpen: () => void;
  onArchive: () => void;
}

function PropertyRow({ objectType, definition: d, onOpen, onArchive }: RowProps) {
  const t = useT();
  const again = useAddDefinition(objectType);
  const restore = () => again.mutate(againOf(d), { onSuccess: () => toast(t("restored", { name: d.label })), onError: toastError });
  return (
    <RowItem title={d.label} note={<>{t(shownKind(d))} · <code>{d.name}</code>{d.description && ` · ${d.description}`}</>}>
      {!d.custom && <Pill>{t(d.readOnly ? "readOnly" : "builtIn")}</Pill>}
      {d.archived && <Button size="small" busy={again.isPending} onClick={restore}>{t("restore")}</Button>}
      {d.custom && !d.archived && (
        <Menu
          trigger={<IconButton label={t("more", { name: d.label })}><IconDots size={16} /></IconButton>}
          groups={[{ entries: [{ label: t("open"), run: onOpen }] }, { entries: [{ label: t("archive"), danger: true, run: onArchive }] }]}
        />
      )}
    </RowItem>
  );
}

function Archive({ objectType, definition, onClose }: { objectType: ObjectType; definition: Definition; onClose: () => void }) {
  const t = useT();
  const archive = useArchiveDefinition(objectType);
  return (
    <Confirm title={t("archiveTitle", { name: definition.label })} text={t("archiveText")} error={archive.error} onClose={onClose}>
      <Button kind="dangerFill" busy={archive.isPending} onClick={() => archive.mutate(definition.name, { onSuccess: onClose })}>{t("archiveDo")}</Button>
    </Confirm>
  );
}
