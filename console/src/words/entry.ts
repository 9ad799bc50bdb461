/** The words of one entry of the audit log. */
import { count } from "./elements.ts";

export const entryWords = {
  entry: "Audit entry",
  theEntry: "The entry",
  missing: "This entry is not in the audit log. It may have expired.",
  at: "Date/Time",
  by: "Member Name",
  keptUntil: "Kept until",
  close: "Close",
  previous: "Entry above",
  next: "Entry below",
  around: "Show what happened around this time",
  affected: "Affected Records",
  none: "No record was affected.",
  filter: "Filter these records by name, type, id or change",
  field: "Field",
  before: "Before",
  after: "After",
  value: "Value",
  details: "Details",
  noValue: "none",
  empty: "empty",
  yes: "yes",
  no: "no",
  reordered: "The order has changed.",
  added: "added",
  removed: "removed",
  unchanged: "Which fields changed was not recorded.",
  portal: "Open in the portal",
  showMore: "Show the whole text",
  showLess: "Show less",
  // What one can do with a value
  actions: "What to do with",
  only: "Search the audit log for",
  add: "Add to this search",
  exclude: "Leave out of this search",
  copy: "Copy",
};

/**
 * Of the changes that Daybook's own clients name; others are shown as they are. A change may be of a part of the
 * record, such as an enrollment: so none says that the record itself was deleted.
 */
const CHANGES: Record<string, string> = { created: "addition", updated: "update", deleted: "deletion" };

export function changeName(change: string): string {
  return Object.hasOwn(CHANGES, change) ? CHANGES[change]! : change;
}

export function records(n: number): string {
  return count(n, "record");
}

export function filtered(found: number, all: number): string {
  return `${found} of ${records(all)}`;
}
