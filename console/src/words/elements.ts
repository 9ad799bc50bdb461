/** The words of the elements. A host's page overrides single ones: `element.words = {...}`. */
import type { Permission, Schemas } from "../api.ts";
import { dayText } from "../time.ts";

const plurals = new Intl.PluralRules("en-US");
const numbers = new Intl.NumberFormat("en-US");

/** `1 e-mail`, `50 e-mails`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${numbers.format(n)} ${plurals.select(n) === "one" ? one : many}`;
}

export const words = {
  // Logs
  communication: "Communication",
  logs: "Logs",
  everything: "Everything",
  emailLog: "Email Log",
  smsLog: "SMS Log",
  pushLog: "Push Notifications Log",
  activityLog: "Activity Log",
  auditLog: "Audit Log",
  bothLogs: "Some things stand in both the Activity Log and the Audit Log.",
  // Columns
  dateTime: "Date/Time",
  sent: "Date/Time sent",
  lastActivity: "Latest activity",
  recipient: "Recipient",
  subject: "Subject",
  deliveryStatus: "Delivery Status",
  phone: "Phone number",
  message: "Message",
  ip: "IP Address",
  nameAction: "Name/Action",
  details: "Details",
  memberName: "Member Name",
  username: "Username",
  source: "Source",
  action: "Action",
  affected: "Affected Records",
  // Tables
  search: "Search",
  exportList: "Export",
  clear: "Clear",
  clearSearch: "Clear search",
  from: "From",
  to: "To",
  status: "Status",
  any: "Any",
  filters: "Filters",
  notArrived: "All that did not arrive",
  noSubject: "(no subject)",
  sortBy: "Sort by",
  newest: "newest first",
  oldest: "oldest first",
  newer: "Newer",
  older: "Older",
  open: "Open",
  loading: "Loading…",
  ascending: "A to Z",
  descending: "Z to A",
  previous: "Previous",
  next: "Next",
  asOf: "What you see is from",
  stoppedHere: "The search has not come to the end of the log yet.",
  goOn: "Go on",
  ignored: "ignored:",
  without: "without",
  on: "on",
  searchEmails: "Search recipient, subject, status or date",
  searchSms: "Search number, message, status or date",
  searchPushes: "Search subject, message or date",
  searchActivity: "Search name, action, details, IP or date",
  searchAudit: "Search name, action, source, record or date",
  understood: "Understood",
  // States
  noEmails: "No e-mail has been sent to this record yet.",
  noSms: "No text message has been sent to this record yet.",
  noPushes: "No push notification has been sent to this record yet.",
  noActivity: "Nothing has been done on this record yet.",
  noAudit: "No change of this record has been recorded yet.",
  retry: "Try again",
  failed: "could not be loaded.",
  kept: "What you typed is kept.",
  notLoaded: "This could not be loaded. There may be a new version of the page.",
  reload: "Reload the page",
  notUnderstood: "This cannot be searched for.",
  outdated: "This page of the list has changed meanwhile.",
  firstPage: "Go to the first page",
  offline: "You are offline.",
  signedOut: "You have been signed out.",
  signIn: "Sign in",
  signInBack: "You come back to this place.",
  noRecordAccess: "You may not see the logs of this record. An administrator can give you permissions under Access.",
  // Record
  record: "Record",
  theRecord: "The record",
  recordMissing: "There is no such record.",
  theBlacklist: "The list of blacklisted recipients",
  channel: "Log",
  what: "What",
  copyLink: "Copy link",
  copied: "Copied",
  openInPortal: "Open in the portal",
  onHold: "On hold",
  onHoldWhy: "A hold keeps the entries of this record beyond their time.",
  blacklisted: "Blacklisted Recipients",
  blacklistedWhy: "We do not send e-mail to these addresses. It is usually better to ask for another address.",
  seeEmail: "See the e-mail",
  reset: "Reset",
  resetDone: "We send e-mail to this address again.",
  resetMore: "Reset…",
  resetAsk: "Somebody with the permission “Blacklist” can reset it.",
  since: "since",
  erased: "Erased at the person's request.",
  emailMissing: "This e-mail is not in the log. It may have expired.",
};

export type Words = typeof words;

/** What a log is called. */
export function logName(log: "email" | "sms" | "push" | "activity" | "audit", say: Words): string {
  return say[`${log}Log`];
}

/** Permissions in the words of the page Access. */
export const permissions: Record<Permission, string> = {
  family_email_log: "Family Email Log",
  staff_email_log: "Staff Email Log",
  sms_log: "SMS Logs",
  staff_sms_log: "Staff SMS Log",
  push_log: "Push Notifications Log",
  activity_log: "Activity Log",
  audit_log: "Audit Log",
  blacklist: "Blacklist",
  export: "Export",
  holds: "Holds",
  erase: "Erase",
  access: "Access",
};

/** How to show a status: a sign, a word and a colour, never the colour alone. */
export type Mark = { tone: "good" | "bad" | "warn" | "dim"; sign: "check" | "cross" | "dash" | "wait"; text: string };

export const emailStatus: Record<Schemas["EmailStatus"], Mark> = {
  queued: { tone: "dim", sign: "wait", text: "Waiting" },
  sent: { tone: "dim", sign: "wait", text: "Sent" },
  delayed: { tone: "warn", sign: "wait", text: "Delayed" },
  delivered: { tone: "good", sign: "check", text: "Delivered" },
  opened: { tone: "good", sign: "check", text: "Opened" },
  clicked: { tone: "good", sign: "check", text: "Clicked" },
  bounced: { tone: "bad", sign: "cross", text: "Bounced" },
  complained: { tone: "bad", sign: "cross", text: "Marked as spam" },
  rejected: { tone: "bad", sign: "cross", text: "Rejected" },
  failed: { tone: "bad", sign: "cross", text: "Failed" },
  suppressed: { tone: "warn", sign: "dash", text: "Not sent: blacklisted" },
};

/** What a bounce was, by the code of its verdict. */
export const bounces: Partial<Record<Schemas["Verdict"]["code"], string>> = {
  no_mailbox: "no such mailbox",
  mailbox_full: "mailbox full",
  refused_for_now: "refused for now",
  refused_content: "content refused",
  refused_by_policy: "refused by policy",
  domain_unreachable: "mail server unreachable",
};

export const smsStatus: Record<Schemas["SmsStatus"], Mark> = {
  delivery: { tone: "dim", sign: "wait", text: "Delivery" },
  delivered: { tone: "good", sign: "check", text: "Delivered" },
  not_delivered: { tone: "bad", sign: "cross", text: "Not Delivered" },
};

export const smsReasons: Record<Schemas["SmsReason"], string> = {
  rejected: "Rejected",
  failed: "Failed",
  undelivered: "Undelivered",
};

export const stale = "no answer from the provider for 3 days";

export const pushStatus: Record<Schemas["PushStatus"], Mark> = {
  sent: { tone: "good", sign: "check", text: "Sent" },
  failed: { tone: "bad", sign: "cross", text: "Failed" },
};

export const sources: Record<Schemas["Source"], string> = {
  office_portal: "Office Portal",
  staff_portal: "Staff Portal",
  customer_portal: "Customer Portal",
  mobile_app: "Mobile App",
  check_in_kiosk: "Check-in Kiosk",
  time_clock_kiosk: "Time Clock Kiosk",
  system: "System",
  support: "Support",
};

export const recordTypes: Record<string, string> = { family: "Family", student: "Student", staff: "Staff" };

export const blockStatus: Record<Schemas["BlockStatus"], { text: string; why: string }> = {
  bounce: { text: "Bounce", why: "Mail to this address came back." },
  complaint: { text: "Complaint", why: "They marked one of your e-mails as spam." },
  invalid: { text: "Invalid", why: "The check found that this address gets no mail." },
  validate: { text: "Being checked", why: "Whether this address gets mail is being checked." },
  manual: { text: "Blocked by staff", why: "Somebody on your staff blocked this address." },
};

/** `9 e-mails, newest first`. */
export function listed(n: number, one: string, many: string, order: string): string {
  return `${count(n, one, many)}${order ? `, ${order}` : ""}`;
}

export function noDate(text: string): string {
  return `${text} is no date; it was looked for as a word.`;
}

/** Of days, as `2026-11-20`. */
export function swapped(from: string, to: string): string {
  return `${words.from} ${dayText(from)} is after ${words.to} ${dayText(to)}: swap them.`;
}

export function noMatch(many: string, query: string): string {
  return query ? `No ${many} match “${query}”.` : `No ${many} match these filters.`;
}

/** `This log could be seen with "Family Email Log"`: for whoever came by a direct link. */
export function denied(what: string, permission: string): string {
  return `You may not see ${what}. An administrator can give you the permission “${permission}” under Access.`;
}
