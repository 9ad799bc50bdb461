/** The words of the page Audit Log. */
import type { Understood } from "../api.ts";
import { count } from "./elements.ts";

export const auditWords = {
  title: "Audit Log",
  search: "Search date, name, action, source, IP or record",
  submit: "Search",
  examples: "Examples",
  examplesIntro: "Words may stand in any order, and each may be the beginning of one.",
  understood: "Understood:",
  remove: "Take out of the search:",
  ignored: "ignored:",
  without: "without",
  on: "on",
  anyDay: "on any day",
  skipped: "never: the clock skipped it",
  filters: "Filters",
  showing: "Show results",
  clearAll: "Clear all",
  // Filters
  range: "Date range",
  anyTime: "Any time",
  today: "Today",
  week: "7 days",
  month: "30 days",
  from: "From",
  to: "To",
  clearRange: "Clear the date range",
  staff: "Staff",
  findStaff: "Find a person",
  staffList: "Which people",
  staffLists: {
    recent: "Staff, recent first",
    name: "Staff, by name",
    customer: "Customers",
    everybody: "Everybody",
  },
  noStaff: "Nobody is found.",
  staffFailed: "The list could not be loaded.",
  lastSeen: "Last entry on",
  more: "More",
  source: "Source",
  order: "Order",
  newest: "Newest first",
  oldest: "Oldest first",
  // Results
  name: "Audit Log",
  emptyLog: "Nothing has been recorded yet.",
  clearSearch: "Clear the search",
  goOn: "Search older entries",
  goOnNewer: "Search newer entries",
  nothingOlder: "There are no older entries.",
  nothingNewer: "There are no newer entries.",
  nothingMore: "Entries are kept for a limited time; what is older is gone.",
  showBetween: "Search all days between",
  stopped: "The search stopped here:",
} as const;

export function newerEntries(n: number, limit: number): string {
  return n >= limit ? `${limit} or more newer entries` : count(n, "newer entry", "newer entries");
}

export function soFar(n: number): string {
  return `${n} found so far.`;
}

export function searchedBack(at: string): string {
  return `Searched back to ${at}.`;
}

export function searchedUp(at: string): string {
  return `Searched up to ${at}.`;
}

export function lookedBack(at: string, found: number): string {
  return `Looked back to ${at}, ${soFar(found)}`;
}

export function lookedUp(at: string, found: number): string {
  return `Looked up to ${at}, ${soFar(found)}`;
}

/** `from` and `to` are texts of days; left out where there is no bound. */
export function nothingFound(from: string | null, to: string | null): string {
  if (from) return `Nothing found from ${from} to ${to ?? "today"}.`;
  return to ? `Nothing found up to ${to}.` : "Nothing found in the whole log.";
}

export function conflicting(dates: string[]): string {
  return `The search has ${dates.length} dates, and no moment is on all of them: ${dates.join(" and ")}.`;
}

export function removeLabel(text: string): string {
  return `${auditWords.remove} ${text}`;
}

export const fieldWords: Record<NonNullable<Understood["field"]>, string> = {
  action: "action",
  ip: "IP address",
  record: "record",
  source: "source",
  status: "status",
  username: "username",
};

/** Lines that one may type, with what they find; `day` and `minute` are of now. */
export function examples(day: string, minute: string): [line: string, finds: string][] {
  return [
    [`${day} deleted`, "what was deleted on that day"],
    [`${minute} admin deleted Smith`, "what happened in that minute, with these words"],
    ["smith -anna", "Smith, but not Anna"],
    ['"signed in"', "these words next to each other"],
    ["username:jlee", "what somebody did, not what was done to them"],
    ["record:Smith", "what affected a record of that name"],
    ['record:"family/101"', "what affected that record"],
    ["source:kiosk", "from either kind of kiosk"],
    ["ip:10.0", "from addresses that begin so"],
  ];
}
