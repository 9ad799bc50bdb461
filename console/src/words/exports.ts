/** The words of exports: of the dialog that begins one, of what is shown of it, and of the page Exports. */
import type { Schemas } from "../api.ts";
import type { Zone } from "../time.ts";
import {
  blockStatus,
  count,
  denied,
  emailStatus,
  logName,
  type Mark,
  permissions,
  smsReasons,
  smsStatus,
  sources,
  type Words,
} from "./elements.ts";

type Export = Schemas["Export"];

const words = {
  // The dialog
  exportWhole: "All of this list is exported, not only the rows of this page.",
  exportFound: "All that this finds is exported, not only the rows of this page:",
  exportFormat: "Format",
  exportCsv: "CSV",
  exportCsvWhat: "A table that opens in a spreadsheet.",
  exportJson: "JSON lines",
  exportJsonWhat: "For programs: the rows as the API has them, one a line.",
  exportRows: "Rows",
  exportEntries: "One row per entry",
  exportEntriesWhat: "With the names of the records that it affected.",
  exportChanges: "One row per change",
  exportChangesWhat: "With each field that was changed, before and after.",
  exportBySending: "The rows of the file are in the order in which they were sent.",
  exportRecorded: "The export and its search are recorded in the audit log.",
  exportBegin: "Export",
  exportNotBegun: "The export was not begun.",
  cancel: "Cancel",
  // What is shown of it
  exportGoesOn: "It goes on when you leave this page.",
  exportAll: "All your exports",
  exportDownload: "Download",
  exportCancel: "Cancel the export",
  exportAgain: "It is being tried again.",
  exportCancelling: "Cancelling…",
  exportNoRows: "There was nothing to export.",
  exportNotCancelled: "The export was not cancelled.",
  exportNotFetched: "The file could not be downloaded.",
  exportUnknown: "The progress of the export could not be loaded.",
  exportDismiss: "Dismiss",
  // Lists and formats
  blacklist: "Blacklist",
  holds: "Holds",
  emails: "Deliveries: e-mails",
  textMessages: "Deliveries: text messages",
  perChange: "one row per change",
};

export type ExportWords = typeof words;

/** These, and those of the element around; a host's page may override both. */
export function exportWords(around: Words): Words & ExportWords {
  return { ...words, ...around };
}

export function exportTitle(list: string): string {
  return `Export: ${list}`;
}

/** Such as `Exporting: Email Log, as CSV`. */
export function exporting(what: string): string {
  return `Exporting: ${what}`;
}

/** What is shown of an export is named by its state: `Export done: Email Log, CSV, Status: Bounced`. */
export function regionName(one: Export, say: Words & ExportWords, zone: Zone | null): string {
  const narrowing = zone ? narrowedBy(one, say, zone) : [];
  const what = [listName(one, say), formatName(one, say), ...narrowing].join(", ");
  return one.status === "running" ? exporting(what) : `Export ${state(one).text.toLowerCase()}: ${what}`;
}

/** The same names, of which those that stand there twice are numbered. */
export function distinct(names: string[]): string[] {
  return names.map((name, at) => {
    const before = names.slice(0, at).filter((one) => one === name).length;
    return before ? `${name} (${before + 1})` : name;
  });
}

/** The record whose list was exported; null of a list of the business. */
export function recordIn(list: string): { type: string; id: string } | null {
  const [, type, id] = /^records\/([^/]+)\/(.+)\/[^/]+$/.exec(list) ?? [];
  return type && id ? { type, id } : null;
}

/** What is listed, in the words of the place where the list stands; a timeline is called by its record, too. */
export function listName({ list, query }: Pick<Export, "list" | "query">, say: Words & ExportWords): string {
  switch (list.slice(list.lastIndexOf("/") + 1)) {
    case "emails":
      return say.emailLog;
    case "sms":
      return say.smsLog;
    case "pushes":
      return say.pushLog;
    case "activity":
      return say.activityLog;
    case "audit":
      return say.auditLog;
    case "timeline":
      return `${say.everything}: ${list.split("/").slice(1, -1).join("/")}`;
    case "blacklist":
      return say.blacklist;
    case "holds":
      return say.holds;
    case "messages":
      return String(query.log) === "sms" ? say.textMessages : say.emails;
    default:
      return list;
  }
}

export function formatName({ format, rows_of }: Pick<Export, "format" | "rows_of">, say: ExportWords): string {
  const name = format === "csv" ? say.exportCsv : say.exportJson;
  return rows_of === "changes" ? `${name}, ${say.perChange}` : name;
}

/** What narrows a list, a line each: `Status: Bounced`. */
export function narrowedBy({ list, query }: Pick<Export, "list" | "query">, say: Words, zone: Zone): string[] {
  const labels: Record<string, string> = {
    q: say.search,
    from: say.from,
    to: say.to,
    status: say.status,
    staff: say.username,
    source: say.source,
    recipient: say.recipient,
    address: say.recipient,
    ...(list === "messages" ? {} : { log: say.channel }),
  };
  return Object.entries(labels).flatMap(([name, label]) => {
    const values = [query[name] ?? []].flat().map((value) => valueText(name, String(value), say, zone));
    return values.length ? `${label}: ${values.join(", ")}` : [];
  });
}

function valueText(name: string, value: string, say: Words, zone: Zone): string {
  const texts: Record<string, string | undefined> = {
    q: `“${value}”`,
    from: moment(value, zone),
    to: moment(value, zone),
    status: statuses[value],
    source: sources[value as keyof typeof sources],
    log: isLog(value) ? logName(value, say) : undefined,
  };
  return texts[name] ?? value;
}

const statuses: Record<string, string | undefined> = {
  ...Object.fromEntries(
    Object.entries({ ...blockStatus, ...smsStatus, ...emailStatus }).map(([status, { text }]) => [status, text]),
  ),
  ...smsReasons,
  // Of text messages this is why they were not delivered; of e-mails, a status.
  failed: emailStatus.failed.text,
};

/** A day as `11/27/2026`, an instant with its time. */
function moment(value: string, zone: Zone): string {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? [];
  if (year) return `${month}/${day}/${year}`;
  return Number.isNaN(Date.parse(value)) ? value : zone.text(value);
}

function isLog(text: string): text is Parameters<typeof logName>[0] {
  return ["email", "sms", "push", "activity", "audit"].includes(text);
}

/** Such as `12,345 rows, back to 03/02/2026`; no rows without a day would read as if nothing was found. */
export function progress(one: Export, zone: Zone): string {
  const { range, query } = one;
  const oldestFirst = String(query.order) === "asc";
  const reached = oldestFirst ? range?.to : range?.from;
  const text = counted(one);
  if (!one.rows && !reached) return "Starting…";
  return reached ? `${text}, ${oldestFirst ? "up" : "back"} to ${zone.date(reached)}` : text;
}

/** Such as `12,345 rows, 3.2 MB, kept until 12/06/2026`. */
export function ready(one: Export, zone: Zone): string {
  const { bytes, expires_at: until } = one;
  const parts = [counted(one)];
  if (bytes !== undefined) parts.push(size(bytes));
  if (until) parts.push(`kept until ${zone.text(until)}`);
  return parts.join(", ");
}

/** Of changes, the API counts the entries that they are of. */
function counted({ rows, rows_of }: Export): string {
  return rows_of === "changes" ? count(rows, "entry", "entries") : count(rows, "row");
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

/** Such as `812 bytes` and `3.2 MB`. */
export function size(bytes: number): string {
  let unit = 0;
  let rest = bytes;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const digits = unit && rest < 9.95 ? 1 : 0;
  return `${rest.toFixed(digits)} ${UNITS[unit]}`;
}

/** As the API begins the reason of an export that its asker has cancelled. */
export const CANCELLED = "cancelled";

export function state({ status, reason, rows }: Pick<Export, "status" | "reason"> & { rows?: number }): Mark {
  if (isCancelled({ status, reason })) return { tone: "dim", sign: "dash", text: "Cancelled" };
  switch (status) {
    case "running":
      return { tone: "warn", sign: "wait", text: "Running" };
    case "done":
      return { tone: rows === 0 ? "dim" : "good", sign: "check", text: "Done" };
    case "failed":
      return { tone: "bad", sign: "cross", text: "Failed" };
    case "expired":
      return { tone: "dim", sign: "dash", text: "Expired" };
  }
}

/** One that was done a moment before has expired by that. */
function isCancelled({ status, reason }: Pick<Export, "status" | "reason">): boolean {
  return (status === "failed" || status === "expired") && Boolean(reason?.startsWith(CANCELLED));
}

/** Why there is no file, or none yet, as a sentence; empty where there is nothing to add to the state. */
export function why({ status, reason }: Pick<Export, "status" | "reason">): string {
  if (status === "expired" && !reason) return "The file is no longer kept. Export the list again.";
  if (status === "done" || !reason || isCancelled({ status, reason })) return "";
  return missingPermission(reason) ??
    `${reason[0]?.toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? "" : "."}`;
}

/** For a text of the API that names a permission as the API calls it, what is said of that; null of other texts. */
export function missingPermission(text: string): string | null {
  const names = /\bpermission ([a-z_]+(?: or [a-z_]+)*)/.exec(text)?.[1]?.split(" or ") ?? [];
  const labels = names.flatMap((name) => permissions[name as keyof typeof permissions] ?? []);
  if (!labels.length || labels.length < names.length) return null;
  return names.includes("export") ? exportDenied : denied("this list", labels.join("” or “"));
}

export const exportDenied = "You may not export. " +
  `An administrator can give you the permission “${permissions.export}” under Access.`;
