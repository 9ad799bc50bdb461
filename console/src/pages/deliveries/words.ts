/** The words of the page Deliveries. */
import type { Mark } from "../../words/elements.ts";
import type { Class, Counted, MessageLog } from "./counts.ts";
import { BY_STATUS, nouns } from "./week.ts";

export const words = {
  title: "Deliveries",
  email: "E-mail",
  sms: "SMS",
  logs: "Kind of message",
  earlier: "Earlier days",
  later: "Later days",
  day: "Day",
  all: "All",
  numbers: "Numbers of each day",
  find: "Find by recipient: a whole address or number",
  findButton: "Find",
  clear: "Clear",
  show: "Messages to show",
  record: "Record",
  recipient: "Recipient",
  message: "Message",
  status: "Delivery Status",
  sent: "Date/Time sent",
  week: "In the last 7 days:",
  noSubject: "(no subject)",
  failure: {
    counts: { what: "The numbers", denied: "You may not see these messages." },
    list: { what: "The list", denied: "You may not see these messages." },
  },
};

/** Each class has a sign, a word and a colour. */
export const classes: Record<Class, Mark> = {
  failed: { tone: "bad", sign: "cross", text: "Failed" },
  blacklisted: { tone: "warn", sign: "dash", text: "Not sent: blacklisted" },
  waiting: { tone: "dim", sign: "wait", text: "Waiting" },
  reached: { tone: "good", sign: "check", text: "Reached" },
};

/** What heads the list: such as "Failed e-mails". */
export function listTitle(log: MessageLog, one: Class | null, status: string | null): string {
  const what = nouns[log][1];
  if (status) return `${capital(what)} ${BY_STATUS[status as Counted["class"]] ?? status}`;
  switch (one) {
    case "failed":
      return `Failed ${what}`;
    case "blacklisted":
      return `${capital(what)} not sent: blacklisted`;
    case "waiting":
      return `Waiting ${what}`;
    case "reached":
      return `${capital(what)} that arrived`;
    case null:
      return `All ${what}`;
  }
}

/** What is said where the list is empty; `when` is such as "on 11/27/2026". */
export function nothingListed(log: MessageLog, one: Class | null, status: string | null, when: string): string {
  const what = nouns[log][1];
  const none = { failed: "failed", blacklisted: "were held back", waiting: "are waiting", reached: "arrived" };
  if (one && !status) return `No ${what} ${none[one]} ${when}.`;
  return `There are no such ${what} ${when}.`;
}

/** What is said where a recipient was typed that is no whole one: nothing is found by a part of it. */
export function wholeWanted(log: MessageLog, recipient: string): string {
  const whole = log === "email" ? "whole address, such as jane@example.com" : "whole number, such as (773) 555-0101";
  return `No ${nouns[log][0]} is found by “${recipient}”. Write the ${whole}. ` +
    "A name is found by the search at the top of the page.";
}

export function onDay(day: string): string {
  return `on ${day}`;
}

export function ofDays(from: string, until: string): string {
  return `from ${from} to ${until}`;
}

export function toRecipient(recipient: string): string {
  return `to ${recipient}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
