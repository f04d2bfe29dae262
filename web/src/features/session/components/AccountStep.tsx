import { useForm } from "@/lib/form";
import { settle, type Me } from "@/lib/me";
import { getPlace } from "@/lib/time";
import { Button, ErrorNote, PasswordField, SelectField, TextField } from "@/ui";
import { setUp } from "../api";
import { useT } from "../messages";
import { checkSetup, domainOf, timeZones } from "../model";
import classes from "./Session.module.css";

export function AccountStep({ onDone }: { onDone: (me: Me) => void }) {
  const t = useT();
  const zone = getPlace().timeZone;
  const form = useForm({
    initial: { company: "", domain: "", name: "", email: "", password: "", timeZone: zone },
    check: checkSetup,
    submit: async (v) => onDone(settle(await setUp({ ...v, email: v.email.trim(), domain: v.domain.trim().toLowerCase() }))),
  });
  const suggestDomain = () => {
    if (!form.values.domain) form.set("domain", domainOf(form.values.email));
  };
  const email = form.text("email");
  return (
    <>
      <h1>{t("accountTitle")}</h1>
      <p className={classes.lead}>{t("accountLead")}</p>
      <form className={classes.form} {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} autoComplete="name" autoFocus {...form.text("name")} />
        <TextField label={t("email")} type="email" autoComplete="username" {...email} onBlur={() => { email.onBlur(); suggestDomain(); }} />
        <PasswordField label={t("password")} help={t("passwordHelp")} autoComplete="new-password" {...form.text("password")} />
        <div className={classes.pair}>
          <TextField label={t("company")} autoComplete="organization" {...form.text("company")} />
          <SelectField label={t("timeZone")} choices={timeZones(zone)} value={form.values.timeZone} onChange={(v) => form.set("timeZone", v)} />
        </div>
        <TextField label={t("domain")} help={t("domainHelp")} placeholder="example.com" {...form.text("domain")} />
        <Button type="submit" kind="primary" wide busy={form.busy}>{t("create")}</Button>
      </form>
    </>
  );
}
