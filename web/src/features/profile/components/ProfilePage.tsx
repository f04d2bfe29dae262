import { timeZones } from "@/features/session";
import { useForm } from "@/lib/form";
import { useChangeMe, useMe, type MeChange } from "@/lib/me";
import { fullTime, useMinute } from "@/lib/time";
import { Button, ErrorNote, Row, Section, Segments, SelectField, SettingsPage, TextField, toast, toastError } from "@/ui";
import { useT } from "../messages";
import { localesWith } from "../model";

export function ProfilePage() {
  const t = useT();
  const me = useMe();
  const change = useChangeMe();
  useMinute();
  const save = (next: MeChange) => change.mutate(next, { onError: toastError });
  return (
    <SettingsPage title={t("title")} lead={t("lead")}>
      <Section split title={t("you")} help={t("youHelp")}>
        <NameForm />
        <TextField label={t("email")} help={t("emailHelp")} value={me.email} readOnly onChange={() => undefined} tight />
      </Section>
      <Section split title={t("region")} help={t("regionHelp")}>
        <SelectField label={t("locale")} choices={localesWith(me.locale)} value={me.locale || "en"} onChange={(locale) => save({ locale })} tight />
        <SelectField label={t("timeZone")} choices={timeZones(me.timeZone)} value={me.timeZone} onChange={(timeZone) => save({ timeZone })} help={t("example", { time: fullTime(new Date().toISOString()) })} tight />
      </Section>
      <Section split title={t("look")} help={t("lookHelp")}>
        <Row>
          <Segments
            label={t("theme")}
            name="theme"
            value={me.preferences.theme ?? "system"}
            choices={[{ value: "system", label: t("system") }, { value: "light", label: t("light") }, { value: "dark", label: t("dark") }]}
            onChange={(theme) => save({ preferences: { theme } })}
          />
        </Row>
        <Row>
          <Segments
            label={t("density")}
            name="density"
            value={me.preferences.density ?? "compact"}
            choices={[{ value: "compact", label: t("compact") }, { value: "comfortable", label: t("comfortable") }]}
            onChange={(density) => save({ preferences: { density } })}
          />
        </Row>
      </Section>
    </SettingsPage>
  );
}

function NameForm() {
  const t = useT();
  const me = useMe();
  const change = useChangeMe();
  const form = useForm({
    initial: { name: me.name },
    check: (v) => ({ name: v.name.trim() ? undefined : t("nameEmpty") }),
    submit: async (v) => {
      await change.mutateAsync({ name: v.name.trim() });
      toast(t("saved"));
    },
  });
  return (
    <form {...form.form}>
      <ErrorNote error={form.failure} />
      <TextField label={t("name")} autoComplete="name" maxLength={100} {...form.text("name")} />
      {form.values.name !== me.name && <Button type="submit" size="small" kind="primary" busy={form.busy}>{t("save")}</Button>}
    </form>
  );
}
