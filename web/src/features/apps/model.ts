import type { Errors } from "@/lib/form";
import { t } from "./messages";

export interface AppForm {
  name: string;
  description: string;
  redirects: string;
  scopes: string[];
}

/** The addresses of a text field, one a line. */
export function lines(text: string): string[] {
  return text.split("\n").map((l) => l.trim()).filter(Boolean);
}

export function looksLikeRedirect(address: string): boolean {
  try {
    const url = new URL(address);
    const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    return !address.includes("#") && (url.protocol === "https:" || (url.protocol === "http:" && local));
  } catch {
    return false;
  }
}

export function checkApp(v: AppForm): Errors<AppForm> {
  const addresses = lines(v.redirects);
  const wrong = addresses.find((a) => !looksLikeRedirect(a));
  return {
    name: v.name.trim() ? undefined : t("nameEmpty"),
    redirects: !addresses.length ? t("redirectsEmpty") : wrong ? t("redirectsWrong", { address: wrong }) : undefined,
    scopes: v.scopes.length ? undefined : t("scopesEmpty"),
  };
}

/** What an app sent the user with; the names are the protocol's. */
export interface ConsentRequest {
  client_id: string;
  redirect_uri: string;
  scope?: string;
  optional_scope?: string;
  state?: string;
  code_challenge?: string;
  code_challenge_method?: string;
}

/**
 * Reads what stands behind the ? of /oauth/authorize, letter by letter: the router would take a state of digits for a
 * number. Anything else in it is left out.
 */
export function readRequest(search: string): ConsentRequest {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? undefined;
  return {
    client_id: text("client_id") ?? "",
    redirect_uri: text("redirect_uri") ?? "",
    scope: text("scope"),
    optional_scope: text("optional_scope"),
    state: text("state"),
    code_challenge: text("code_challenge"),
    code_challenge_method: text("code_challenge_method"),
  };
}
