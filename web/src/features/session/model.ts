import { looksLikeEmail, type Errors } from "@/lib/form";
import type { Setup } from "./api";
import { t } from "./messages";

const MIN_PASSWORD = 8;

export function checkSetup(v: Setup): Errors<Setup> {
  return {
    company: v.company.trim() ? undefined : t("companyEmpty"),
    domain: looksLikeDomain(v.domain) ? undefined : t("domainWrong"),
    name: v.name.trim() ? undefined : t("nameEmpty"),
    email: looksLikeEmail(v.email) ? undefined : t("emailWrong"),
    password: !v.password ? t("passwordEmpty") : v.password.length >= MIN_PASSWORD ? undefined : t("passwordShort", { count: v.password.length }),
  };
}

export function looksLikeDomain(text: string): boolean {
  return text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i.test(text.trim());
}

/** The domain an address suggests, unless it belongs to a public mail service. */
export function domainOf(email: string): string {
  const domain = email.split("@")[1]?.trim().toLowerCase() ?? "";
  const shared = ["gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "proton.me"];
  return looksLikeDomain(domain) && !shared.includes(domain) ? domain : "";
}

/** Every zone the browser knows, the wanted one among them even where it isn't listed. */
export function timeZones(wanted: string): { value: string; label: string }[] {
  const all = Intl.supportedValuesOf("timeZone");
  const names = all.includes(wanted) ? all : [wanted, "UTC", ...all];
  return [...new Set(names)].map((value) => ({ value, label: value.replaceAll("_", " ") }));
}
