import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { looksLikeEmail, useForm } from "@/lib/form";
import { meQuery, settle } from "@/lib/me";
import { useTitle } from "@/lib/title";
import { Button, ErrorNote, PasswordField, TextField } from "@/ui";
import { setupQuery, signIn } from "../api";
import { useT } from "../messages";
import { Card } from "./Card";
import classes from "./Session.module.css";

export function LoginPage() {
  const t = useT();
  const { next } = useSearch({ from: "/login" });
  const router = useRouter();
  const client = useQueryClient();
  const setup = useQuery(setupQuery);
  useTitle(t("signIn"));
  const form = useForm({
    initial: { email: "", password: "" },
    check: (v) => ({
      email: looksLikeEmail(v.email) ? undefined : t("emailWrong"),
      password: v.password ? undefined : t("passwordEmpty"),
    }),
    submit: async (v) => {
      client.setQueryData(meQuery.queryKey, settle(await signIn(v.email.trim(), v.password)));
      // An app's request is read from the address as it came, which the router would write anew.
      if (next?.startsWith("/oauth/")) window.location.replace(next);
      else router.history.replace(next ?? "/");
    },
  });
  if (setup.data?.needed) return <Navigate to="/setup" replace />;
  return (
    <Card>
      <h1>{t("signInTo")}</h1>
      <form className={classes.form} {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("email")} type="email" autoComplete="username" autoFocus {...form.text("email")} />
        <PasswordField label={t("password")} autoComplete="current-password" {...form.text("password")} />
        <Button type="submit" kind="primary" wide busy={form.busy}>{t("signIn")}</Button>
      </form>
    </Card>
  );
}
