import { looksLikeEmail, type Errors } from "@/lib/form";
import type { User, UserChange, UserInput } from "./api";
import { t } from "./messages";

const MIN_PASSWORD = 8;

export function blankUser(user?: User): UserInput {
  return {
    name: user?.name ?? "",
    email: user?.email ?? "",
    password: "",
    seat: user?.seat ?? "service",
    superAdmin: user?.superAdmin ?? false,
    mainTeamId: user?.mainTeamId ?? null,
    teamIds: user?.teamIds.filter((id) => id !== user.mainTeamId) ?? [],
  };
}

/** A new user needs a password; for one who is there an empty one means: keep. */
export function checkUser(v: UserInput, isNew: boolean): Errors<UserInput> {
  const short = v.password.length < MIN_PASSWORD && (isNew || v.password !== "");
  return {
    name: v.name.trim() ? undefined : t("nameEmpty"),
    email: looksLikeEmail(v.email) ? undefined : t("emailWrong"),
    password: short ? t("passwordShort") : undefined,
  };
}

/** What has to be sent: everything for a new user, only what differs otherwise. */
export function userChange(v: UserInput, before?: User): UserChange {
  const teamIds = v.teamIds.filter((id) => id !== v.mainTeamId);
  const wanted: UserInput = { ...v, name: v.name.trim(), email: v.email.trim(), teamIds };
  if (!before) return wanted;
  const old = blankUser(before);
  const keys = Object.keys(wanted) as (keyof UserInput)[];
  return Object.fromEntries(keys.filter((k) => JSON.stringify(wanted[k]) !== JSON.stringify(old[k])).map((k) => [k, wanted[k]]));
}

/** Active first, then by name. */
export function sortUsers(users: readonly User[]): User[] {
  return [...users].sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name));
}
