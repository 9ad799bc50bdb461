/** The words of the start page. */
import { count } from "./elements.ts";

const PART_OF_NAME = "Try a part of the name, or the id.";
const WHOLE_NUMBER = " Type a phone number whole, with its area code, such as (773) 555-0101.";

/** Digits, with what stands between those of a phone number, which may be the end of one. */
function isPartOfNumber(line: string): boolean {
  return /^[\d\s().+/-]+$/.test(line) && /^\d{4,9}$/.test(line.replace(/\D/g, ""));
}

export const finder = {
  title: "Find a record",
  start: "Type a name, an id, an e-mail address or a phone number, such as nguyen, 101, jane@example.com or " +
    "(773) 555-0101.",
  find: "Find",
  recent: "Opened lately",
  week: "What did not arrive in the last 7 days",
  weekCounts: "What did not arrive",
  results: (line: string) => `Records for “${line}”`,
  nothing: (line: string) => `No record is known by “${line}”.`,
  nothingNext: (line: string) =>
    `A record is found once something has been recorded for it. ${PART_OF_NAME}${
      isPartOfNumber(line) ? WHOLE_NUMBER : ""
    }`,
  hidden: "Records whose logs you may not see, such as those of students, are not shown.",
  found: (n: number) => count(n, "record"),
  more: "There are more. Type more of the name.",
  lastActivity: "Last activity",
  noActivity: "No activity is kept",
  onHold: "On hold",
  blacklisted: (n: number) => `${count(n, "address", "addresses")} blacklisted`,
  elsewhere: "More about this",
  audit: (line: string) => `Search the Audit Log for “${line}”`,
  block: (address: string) => `${address} is on the blacklist`,
  whether: (address: string) => `Whether ${address} is on the blacklist`,
  free: (address: string) => `${address} is not on the blacklist`,
  groups: { family: "Families", student: "Students", staff: "Staff" } as Record<string, string>,
  failure: { what: "The records", denied: "You may not look for records." },
};
