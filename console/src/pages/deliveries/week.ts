/** What did not arrive in the last days, in words that link to its list: of Deliveries and of the start page. */
import { type Counted, type MessageLog, recent } from "./counts.ts";

export type Undelivered = { to: string; text: string };

export const quiet = "Everything of the last 7 days arrived or is on its way.";

export const nouns: Record<MessageLog, [one: string, many: string]> = {
  email: ["e-mail", "e-mails"],
  sms: ["text message", "text messages"],
};

export const BY_STATUS: Partial<Record<Counted["class"], string>> = {
  bounced: "bounced",
  complained: "marked as spam",
  rejected: "rejected",
  failed: "failed",
  suppressed: "not sent: blacklisted",
  not_delivered: "not delivered",
};

/** A line for each status of the last days that is no success; `to` gives the address of its list. */
export function undelivered(
  counts: Counted[],
  days: string[],
  log: MessageLog,
  to: (status: string) => string,
): Undelivered[] {
  const found = Object.entries(recent(counts, days)) as [Counted["class"], number][];
  return found.map(([status, count]) => ({ to: to(status), text: happened(status, count, log) }));
}

export function countedBackTo(day: string): string {
  return `There are too many messages to count them all: numbers before ${day} are missing.`;
}

/** Why one comes: such as "17 e-mails bounced". */
function happened(counted: Counted["class"], count: number, log: MessageLog): string {
  return `${count.toLocaleString("en-US")} ${nouns[log][count === 1 ? 0 : 1]} ${BY_STATUS[counted] ?? counted}`;
}
