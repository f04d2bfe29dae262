import { useNavigate } from "@tanstack/react-router";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { newKey } from "@/lib/api";
import { useForm } from "@/lib/form";
import { Button, DialogActions, ErrorNote, IconButton, SelectField, SidePanel, TextField, toast } from "@/ui";
import { useCreateTicket } from "../changes";
import { useDirectory } from "../directory";
import { useT } from "../messages";
import { inOrder, ownerChange } from "../patch";
import { FindCompany, FindContact } from "./Associate";
import classes from "./Create.module.css";
import { useOwnerChoices, usePriorityChoices, useStageChoices } from "./HeaderFields";

/** A ticket made by hand (TICK-4): a form in a panel, then the ticket. */
export default function CreateTicket({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  return (
    <SidePanel open={open} onClose={onClose} title={t("create")} width={440}>
      {open && <Form onClose={onClose} />}
    </SidePanel>
  );
}

interface Link {
  id: string;
  name: string;
}

function Form({ onClose }: { onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const { pipelines } = useDirectory();
  const create = useCreateTicket();
  const [key] = useState(newKey);
  const first = inOrder(pipelines)[0];
  const form = useForm({
    initial: { subject: "", hs_pipeline: first?.id ?? "", hs_pipeline_stage: openStage(first) ?? "", hs_ticket_priority: "", owner: "", content: "", contact: null as Link | null, company: null as Link | null },
    check: (v) => ({
      subject: v.subject.trim() ? undefined : t("needName"),
      hs_pipeline: v.hs_pipeline ? undefined : t("needPipeline"),
      hs_pipeline_stage: v.hs_pipeline_stage ? undefined : t("needStatus"),
    }),
    submit: async ({ owner, contact, company, ...rest }) => {
      const given = Object.fromEntries(Object.entries({ ...rest, ...ownerChange(owner) }).map(([k, v]) => [k, v.trim()]).filter(([, v]) => v));
      const ticket = await create.mutateAsync({ key, ticket: { properties: given, contactIds: contact ? [contact.id] : [], companyIds: company ? [company.id] : [] } });
      toast(t("createDone"));
      onClose();
      await navigate({ to: "/views/$viewId/tickets/$ticketId", params: { viewId: "open", ticketId: ticket.id } });
    },
  });
  const { values, set } = form;
  const choosePipeline = (id: string) => {
    set("hs_pipeline", id);
    set("hs_pipeline_stage", openStage(pipelines.find((p) => p.id === id)) ?? "");
  };
  const owners = useOwnerChoices();
  return (
    <form {...form.form} className={classes.form}>
      <TextField label={t("subject")} autoFocus maxLength={1000} {...form.text("subject")} />
      <Chosen label={t("contact")} link={values.contact} onClear={() => set("contact", null)}>
        <FindContact label={t("contact")} taken={[]} onPick={(id, name) => set("contact", { id, name })} />
      </Chosen>
      <Chosen label={t("company")} link={values.company} onClear={() => set("company", null)}>
        <FindCompany label={t("company")} taken={[]} onPick={(id, name) => set("company", { id, name })} />
      </Chosen>
      <div className={classes.two}>
        <SelectField label={t("pipeline")} name="hs_pipeline" choices={inOrder(pipelines).map((p) => ({ value: p.id, label: p.label }))} value={values.hs_pipeline} error={form.error("hs_pipeline")} onChange={choosePipeline} />
        <SelectField label={t("status")} name="hs_pipeline_stage" choices={useStageChoices(values.hs_pipeline)} value={values.hs_pipeline_stage} error={form.error("hs_pipeline_stage")} onChange={(v) => set("hs_pipeline_stage", v)} />
        <SelectField label={t("priority")} choices={usePriorityChoices()} value={values.hs_ticket_priority} onChange={(v) => set("hs_ticket_priority", v)} />
        <SelectField label={t("owner")} choices={owners} value={values.owner} onChange={(v) => set("owner", v)} />
      </div>
      <TextField label={t("description")} optional rows={5} {...form.text("content")} />
      <ErrorNote error={form.failure} />
      <DialogActions>
        <Button kind="quiet" onClick={onClose}>{t("cancel")}</Button>
        <Button kind="primary" type="submit" busy={form.busy}>{t("create")}</Button>
      </DialogActions>
    </form>
  );
}

function openStage(pipeline: { stages: { id: string; state: string; displayOrder: number }[] } | undefined): string | undefined {
  return inOrder(pipeline?.stages ?? []).find((s) => s.state === "OPEN")?.id;
}

/** What was found stands as a chip; until then the search is there. */
function Chosen({ label, link, onClear, children }: { label: string; link: Link | null; onClear: () => void; children: React.ReactNode }) {
  const t = useT();
  return (
    <div className={classes.chosen}>
      <span className={classes.label}>{label}</span>
      {link ? <div className={classes.chip}><span>{link.name}</span><IconButton label={t("remove", { name: link.name })} onClick={onClear}><IconX size={14} /></IconButton></div> : children}
    </div>
  );
}
