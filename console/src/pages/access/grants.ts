/** What groups and staff may: rows, changes and their words. Nothing here needs a browser. */
import type { Permission, Schemas } from "../../api.ts";

export type Kind = "group" | "staff";
export type Grants = Schemas["OrgGrants"];
export type Grantee = { kind: Kind; name: string };
export type Row = Grantee & { permissions: Permission[] };

/** In the order of the columns: what is read first, what is done after it. */
export const ORDER: Permission[] = [
  "family_email_log",
  "staff_email_log",
  "sms_log",
  "staff_sms_log",
  "push_log",
  "activity_log",
  "audit_log",
  "blacklist",
  "export",
  "holds",
  "erase",
  "access",
];

/** Groups, then staff, each by name. */
export function rows(grants: Grants): Row[] {
  return [...listed("group", grants.groups), ...listed("staff", grants.staff)];
}

function listed(kind: Kind, granted: Record<string, Permission[]>): Row[] {
  return Object.entries(granted)
    .map(([name, permissions]) => ({ kind, name, permissions: sorted(permissions) }))
    .sort((a, b) => a.name.localeCompare(b.name, "en-US", { sensitivity: "base", numeric: true }));
}

/** What is granted to them now; nothing where they are new. Usernames are compared without regard to case. */
export function granted(grants: Grants, { kind, name }: Grantee): Permission[] {
  // A name comes from the address, and may be one that every object has, such as "constructor".
  if (kind === "group") return Object.hasOwn(grants.groups, name) ? sorted(grants.groups[name] ?? []) : [];
  const same = Object.keys(grants.staff).find((one) => one.toLowerCase() === name.toLowerCase());
  return sorted(same === undefined ? [] : grants.staff[same] ?? []);
}

/** The same for the same group or person. Usernames are compared without regard to case. */
export function keyOf({ kind, name }: Grantee): string {
  return `${kind} ${kind === "group" ? name : name.toLowerCase()}`;
}

/** Of the rows of one kind, with the one that is edited: who has no grant yet comes first. */
export function withEdited(own: Row[], kind: Kind, edit: Grantee | null): Row[] {
  if (edit?.kind !== kind || own.some((row) => keyOf(row) === keyOf(edit))) return own;
  return [{ ...edit, permissions: [] }, ...own];
}

export function sorted(permissions: Permission[]): Permission[] {
  return ORDER.filter((one) => permissions.includes(one));
}

export type Choice = { added: Permission[]; removed: Permission[] };

/** What a choice makes of what is granted now, whatever that was when it was made. */
export function applied(now: Permission[], { added, removed }: Choice): Permission[] {
  return sorted([...now, ...added]).filter((one) => !removed.includes(one));
}

/** What a choice adds and takes away. */
export function difference(before: Permission[], after: Permission[]): Choice {
  return {
    added: ORDER.filter((one) => after.includes(one) && !before.includes(one)),
    removed: ORDER.filter((one) => before.includes(one) && !after.includes(one)),
  };
}

/** With the choice taken over: without an entry where nothing is granted. */
export function withGrant(grants: Grants, { kind, name }: Grantee, permissions: Permission[]): Grants {
  const key = kind === "group" ? "groups" : "staff";
  const others = Object.entries(grants[key]).filter(([one]) =>
    kind === "group" ? one !== name : one.toLowerCase() !== name.toLowerCase()
  );
  const own: [string, Permission[]][] = permissions.length ? [[name, sorted(permissions)]] : [];
  return { ...grants, [key]: Object.fromEntries([...others, ...own]) };
}

/** Who is edited, by the address: `?group=Front%20desk` or `?staff=jane`. */
export function edited(query: URLSearchParams): Grantee | null {
  for (const kind of ["group", "staff"] as const) {
    const name = query.get(kind)?.trim();
    if (name) return { kind, name };
  }
  return null;
}
