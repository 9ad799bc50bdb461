/** Counts of messages by day, and what the address says of the list below them. Nothing here needs a browser. */
import type { Permission, Schemas } from "../../api.ts";

export type MessageLog = "email" | "sms";
export type Class = "failed" | "blacklisted" | "waiting" | "reached";
export type Counted = Schemas["MessageCount"];
type CountedClass = Counted["class"];
export type Status = Schemas["EmailStatus"] | Schemas["SmsStatus"];

/** One of these is needed to see the messages of a log. */
const NEEDS: Record<MessageLog, Permission[]> = {
  email: ["family_email_log", "staff_email_log"],
  sms: ["sms_log", "staff_sms_log"],
};

/** The logs whose messages a person with these permissions sees. */
export function logsSeen(permissions: readonly Permission[]): MessageLog[] {
  const all: MessageLog[] = ["email", "sms"];
  return all.filter((log) => NEEDS[log].some((permission) => permissions.includes(permission)));
}

/** Failures first: because of them one comes. */
export const CLASSES: Record<MessageLog, Class[]> = {
  email: ["failed", "blacklisted", "waiting", "reached"],
  sms: ["failed", "waiting", "reached"],
};

const CLASS_OF: Record<CountedClass, Class> = {
  bounced: "failed",
  complained: "failed",
  rejected: "failed",
  failed: "failed",
  not_delivered: "failed",
  suppressed: "blacklisted",
  waiting: "waiting",
  delivery: "waiting",
  reached: "reached",
  delivered: "reached",
};

/** In the order in which they are told. */
const FAILED: CountedClass[] = ["bounced", "not_delivered", "complained", "rejected", "failed", "suppressed"];

const STATUSES: Record<MessageLog, Record<Class, Status[]>> = {
  email: {
    failed: ["bounced", "complained", "rejected", "failed"],
    blacklisted: ["suppressed"],
    waiting: ["queued", "sent", "delayed"],
    reached: ["delivered", "opened", "clicked"],
  },
  sms: { failed: ["not_delivered"], blacklisted: [], waiting: ["delivery"], reached: ["delivered"] },
};

/** Days that are shown at once. */
export const DAYS = 14;
/** Days of which is told above what did not arrive. */
export const WEEK = 7;

/** What a day has of each class. */
export type Day = { day: string; counts: Record<Class, number> };

/** Every one of the days, oldest first, with the ones that have no message. */
export function byDay(counts: Counted[], days: string[]): Day[] {
  const found = new Map(days.map((day) => [day, none()]));
  for (const { day, class: counted, count } of counts) {
    const there = found.get(day);
    if (there) there[CLASS_OF[counted]] += count;
  }
  return [...found].map(([day, counts]) => ({ day, counts }));
}

export function total(days: Day[], one: Class): number {
  return days.reduce((sum, { counts }) => sum + counts[one], 0);
}

export function sum(counts: Record<Class, number>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}

/** How many of the last `WEEK` days have each status that is no success, as the API counts them. */
export function recent(counts: Counted[], days: string[]): Partial<Record<CountedClass, number>> {
  const week = new Set(days.slice(-WEEK));
  // In the order of the classes, whatever that of the answer.
  const found: Partial<Record<CountedClass, number>> = {};
  for (const failed of FAILED) {
    const all = counts.filter((one) => one.class === failed && week.has(one.day));
    const sum = all.reduce((sum, { count }) => sum + count, 0);
    if (sum) found[failed] = sum;
  }
  return found;
}

/** `count` calendar days, oldest first, of which `last` (`2026-11-29`) is the last. */
export function daysUntil(last: string, count = DAYS): string[] {
  return Array.from({ length: count }, (_, at) => shifted(last, at - count + 1));
}

/** The calendar day so many days later: `2026-11-29` and -1 are `2026-11-28`. */
export function shifted(day: string, by: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + by);
  return at.toISOString().slice(0, 10);
}

/** What the list shows: `class` null is every message, `day` null every day of the period. */
export type Listed = {
  class: Class | null;
  status: Status | null;
  day: string | null;
  recipient: string;
  /** Whether it is of the last `WEEK` days, and not of all the days of the chart. */
  week: boolean;
  /** The days of the list: `from` and `until` are included. The chart ends with `until`, too. */
  from: string;
  until: string;
};

/** Without a class in the address the failures are listed, or every message to a recipient. */
export function listed(query: URLSearchParams, log: MessageLog, today: string): Listed {
  const recipient = query.get("recipient")?.trim() ?? "";
  const until = dayOf(query.get("until"), today) ?? today;
  const day = dayOf(query.get("day"), today);
  const week = query.get("days") === String(WEEK) && !day && !recipient;
  const from = shifted(until, 1 - (week ? WEEK : DAYS));
  const named = query.get("class");
  const status = Object.values(STATUSES[log]).flat().find((one) => one === query.get("status")) ?? null;
  const known = CLASSES[log].find((one) => one === named) ?? null;
  const usual = recipient || named === "all" || status ? null : "failed";
  return { class: status ? null : known ?? usual, status, day, recipient, week, from, until };
}

/** The parameters of the API's list for it. A recipient is looked for in all days but where one is chosen. */
export function asked(
  list: Listed,
  log: MessageLog,
): { status?: Status[]; recipient?: string; from?: string; to?: string } {
  const status = list.status ? [list.status] : list.class ? STATUSES[log][list.class] : undefined;
  const all = list.recipient && !list.day;
  return {
    ...(status ? { status } : {}),
    ...(list.recipient ? { recipient: list.recipient } : {}),
    ...(all ? {} : { from: list.day ?? list.from, to: list.day ?? list.until }),
  };
}

/** As it is shown it can be typed: a number of North America needs no code of its country. */
export function recipientOf(text: string, log: MessageLog): string {
  const line = text.trim();
  const parts = log === "sms" ? /^\(?(\d{3})\)?[\s.-]*(\d{3})[\s.-]*(\d{4})$/.exec(line) : null;
  return parts ? `+1${parts.slice(1).join("")}` : line;
}

/** Whether it can be all of an address or a number: by a part of one, nothing is found. */
export function isWhole(recipient: string, log: MessageLog): boolean {
  return log === "email" ? /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(recipient) : /^\+?[\d\s().-]{7,}$/.test(recipient);
}

function dayOf(text: string | null, today: string): string | null {
  return text && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && text <= today ? text : null;
}

function none(): Record<Class, number> {
  return { failed: 0, blacklisted: 0, waiting: 0, reached: 0 };
}
