import { useForm } from "@/lib/form";
import { Button, Checkbox, Dialog, DialogActions, ErrorNote, Row, SelectField, TextField, toast } from "@/ui";
import { useAddDefinition, useAddGroup, useChangeDefinition, type Definition, type Group } from "../api";
import { useT } from "../messages";
import { changeOf, hasOptions, KINDS, limitsOf, nameOf, newOf, valuesOf, wrongOptions, type Kind, type ObjectType } from "../model";
import { Options } from "./Options";

interface Props {
  objectType: ObjectType;
  definition?: Definition;
  groups: readonly Group[];
  onClose: () => void;
}

const NEW = "+";

/** Makes a property, or changes one of the account's own: its type and internal name stay (PROP-2). */
export function PropertyDialog({ objectType, definition, groups, onClose }: Props) {
  const t = useT();
  const add = useAddDefinition(objectType);
  const change = useChangeDefinition(objectType);
  const addGroup = useAddGroup(objectType);
  const form = useForm({
    initial: { ...valuesOf(definition, groups), newGroup: "" },
    check: (v) => ({
      label: v.label.trim() ? undefined : t("labelEmpty"),
      name: definition || /^([a-z][a-z0-9_]*)?$/.test(v.name.trim()) ? undefined : t("nameWrong"),
      newGroup: v.groupName !== NEW || nameOf(v.newGroup) ? undefined : t("newGroupEmpty"),
      least: /^(-?\d+(\.\d+)?)?$/.test(v.least.trim()) ? undefined : t("limitWrong"),
      most: /^(-?\d+(\.\d+)?)?$/.test(v.most.trim()) ? undefined : t("limitWrong"),
      options: hasOptions(v.kind as Kind) ? { empty: t("optionsEmpty"), twice: t("optionsTwice"), fine: undefined }[wrongOptions(v.options) ?? "fine"] : undefined,
    }),
    submit: async (v) => {
      const groupName = v.groupName === NEW ? nameOf(v.newGroup) : v.groupName;
      if (v.groupName === NEW && !groups.some((g) => g.name === groupName)) await addGroup.mutateAsync({ name: groupName, label: v.newGroup.trim() });
      if (definition) await change.mutateAsync({ name: definition.name, change: changeOf({ ...v, groupName }, definition) });
      else await add.mutateAsync(newOf({ ...v, groupName }));
      toast(t("saved"));
      onClose();
    },
  });
  const { values, set } = form;
  const kind = values.kind as Kind;
  const limits = values.kind ? limitsOf(kind) : undefined;
  const length = limits?.least === "MIN_LENGTH";
  return (
    <Dialog open onClose={onClose} title={definition ? t("edit", { name: definition.label }) : t("create")} width={560}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("label")} maxLength={200} {...form.text("label")} />
        {!definition && <TextField label={t("name")} help={t("nameHelp")} maxLength={100} placeholder={nameOf(values.label)} {...form.text("name")} />}
        {!definition && <SelectField label={t("kind")} choices={Object.keys(KINDS).map((k) => ({ value: k, label: t(k as Kind) }))} value={kind} onChange={(k) => set("kind", k)} />}
        {hasOptions(kind) && <Options options={values.options} error={form.error("options")} onChange={(options) => set("options", options)} />}
        {limits && (
          <Row>
            <TextField label={t(length ? "leastLength" : "least")} optional {...form.text("least")} />
            <TextField label={t(length ? "mostLength" : "most")} optional {...form.text("most")} />
          </Row>
        )}
        <SelectField label={t("group")} choices={[...groups.map((g) => ({ value: g.name, label: g.label })), { value: NEW, label: t("newGroup") }]} value={values.groupName} onChange={(g) => set("groupName", g)} />
        {values.groupName === NEW && <TextField label={t("newGroupName")} maxLength={200} {...form.text("newGroup")} />}
        <TextField label={t("description")} optional rows={2} maxLength={2000} {...form.text("description")} />
        {!definition && ["line", "email", "number"].includes(values.kind) && <Checkbox label={t("unique")} checked={values.unique} onChange={(on) => set("unique", on)} />}
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{t("save")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
