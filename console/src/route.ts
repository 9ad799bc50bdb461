/** Addresses: the path is the page, the query is its state. */

export const ROOT = "/console/";
const RECORD_TYPES = ["family", "student", "staff"] as const;
const PAGES = ["audit", "deliveries", "blacklist", "access", "settings", "holds", "exports"] as const;

export type RecordType = (typeof RECORD_TYPES)[number];
export type RecordKey = { type: RecordType; id: string };
export type OrgPage = (typeof PAGES)[number];

/** What an address names. `missing` is an address of no page. */
export type Place =
  | { page: "start" | "callback" | "missing" }
  | { page: "finder"; org: string }
  | { page: "record"; org: string; record: RecordKey; email?: string }
  | { page: "audit"; org: string; entry?: string }
  | { page: Exclude<OrgPage, "audit">; org: string };

export type Route = Place & { query: URLSearchParams };

/** The place that a URL of this console names. */
export function parse(url: URL): Route {
  return { ...place(url.pathname), query: url.searchParams };
}

function place(path: string): Place {
  if (!path.startsWith(ROOT)) return { page: "missing" };
  const parts = decoded(path.slice(ROOT.length).replace(/\/$/, ""));
  if (!parts) return { page: "missing" };
  const [org, first, second, third, fourth] = parts;
  if (!org) return { page: "start" };
  if (org === "callback" && parts.length === 1) return { page: "callback" };
  if (!first) return { page: "finder", org };
  if (first === "audit" && parts.length <= 3) return { page: "audit", org, ...(second ? { entry: second } : {}) };
  if (isPage(first) && first !== "audit" && parts.length === 2) return { page: first, org };
  if (isRecordType(first) && second) {
    const record = { type: first, id: second };
    if (parts.length === 3) return { page: "record", org, record };
    if (third === "emails" && fourth && parts.length === 5) return { page: "record", org, record, email: fourth };
  }
  return { page: "missing" };
}

/** The address of a place, with its state. */
export function href(to: Place, query?: URLSearchParams | string): string {
  const text = query?.toString() ?? "";
  return ROOT + segments(to).map(encodeURIComponent).join("/") + slash(to) + (text ? `?${text}` : "");
}

function segments(to: Place): string[] {
  switch (to.page) {
    case "start":
    case "missing":
      return [];
    case "callback":
      return ["callback"];
    case "finder":
      return [to.org];
    case "record":
      return [to.org, to.record.type, to.record.id, ...(to.email ? ["emails", to.email] : [])];
    case "audit":
      return [to.org, "audit", ...(to.entry ? [to.entry] : [])];
    default:
      return [to.org, to.page];
  }
}

function slash(to: Place): string {
  return to.page === "finder" ? "/" : "";
}

function decoded(path: string): string[] | null {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

export function isRecordType(text: string): text is RecordType {
  return (RECORD_TYPES as readonly string[]).includes(text);
}

function isPage(text: string): text is OrgPage {
  return (PAGES as readonly string[]).includes(text);
}

/** The record that `family/101` names. Another text is an error that says what is wanted. */
export function recordOf(text: string): RecordKey {
  const at = text.indexOf("/");
  const type = text.slice(0, at);
  const id = text.slice(at + 1);
  if (at > 0 && id && isRecordType(type)) return { type, id };
  throw new Error(`record="${text}": write family/ID, student/ID or staff/ID.`);
}

/** The state with some of its parameters changed; an empty value takes one away. */
export function changed(query: URLSearchParams, changes: Record<string, string | string[] | null>): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of value === null ? [] : [value].flat()) if (one) next.append(name, one);
  }
  return next;
}
