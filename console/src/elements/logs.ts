/** The five logs of a record: their columns, what they are asked by, and what is said where they are empty. */
import { html, nothing, type TemplateResult } from "lit";
import type { ActivityRow, AuditRow, EmailRow, Permission, PushRow, Schemas, SmsRow } from "../api.ts";
import type { Exported } from "../exports/button.ts";
import { icon } from "../icons.ts";
import type { RecordKey } from "../route.ts";
import {
  bounces,
  denied,
  emailStatus,
  type Mark,
  permissions,
  pushStatus,
  recordTypes,
  smsReasons,
  smsStatus,
  sources,
  stale,
  type Words,
} from "../words/elements.ts";
import type { FailureWords } from "../table/states.ts";
import type { Context } from "../table/context.ts";
import { type ListQuery, parameters } from "../table/query.ts";
import type { Definition, Filter } from "../table/table.ts";
import { utc } from "../time.ts";

export type LogName = "email" | "sms" | "push" | "activity" | "audit";

/** The permission by which a log of a type of record is read. */
export function permissionFor(log: LogName, type: RecordKey["type"]): Permission {
  if (log === "email") return type === "staff" ? "staff_email_log" : "family_email_log";
  if (log === "sms") return type === "staff" ? "staff_sms_log" : "sms_log";
  return `${log}_log`;
}

const WHAT: Record<LogName, string> = {
  email: "e-mail log",
  sms: "SMS log",
  push: "push notifications log",
  activity: "activity log",
  audit: "audit log",
};

/** What is said where a log cannot be shown. */
export function failureOf(log: LogName, type: RecordKey["type"]): FailureWords {
  const what = WHAT[log];
  return {
    what: `The ${what}`,
    denied: denied(`this ${what}`, permissions[permissionFor(log, type)]),
    missing: `There is no such ${what}.`,
  };
}

const TIME_WIDTH = "188px";

export function time(instant: string, { zone }: Context, more = ""): TemplateResult {
  const tooltip = more ? `${utc(instant)}\n${more}` : utc(instant);
  return html`<time datetime=${instant} title=${tooltip}>${zone?.text(instant)}</time>`;
}

export function mark({ tone, sign, text }: Mark): TemplateResult {
  return html`<span class="mark ${tone}">${icon(sign, 14)}<span>${text}</span></span>`;
}

export function emailMark(row: Pick<EmailRow, "status" | "verdict">): Mark {
  const known = emailStatus[row.status];
  const why = row.status === "bounced" && row.verdict ? bounces[row.verdict.code] : undefined;
  return why ? { ...known, text: `${known.text}: ${why}` } : known;
}

export function smsMark(row: Pick<SmsRow, "status" | "reason" | "stale">): Mark {
  const known = smsStatus[row.status];
  if (row.stale) return { ...known, tone: "warn", text: `${known.text}: ${stale}` };
  return row.reason ? { ...known, text: `${known.text} – ${smsReasons[row.reason]}` } : known;
}

/** An e-mail address that breaks before its "@" and its dots, rather than inside a word. */
export function address(text: string): TemplateResult {
  return html`${text.split(/(?=[@.])/).map((part, at) => html`${at ? html`<wbr>` : nothing}${part}`)}`;
}

/** What is left of an entry of a person who was erased. */
export function orErased(row: { erased_at?: string }, text: unknown, context: Context): unknown {
  return row.erased_at ? html`<i class="dim">${context.words.erased}</i>` : text;
}

const notArrived: Schemas["EmailStatus"][] = ["bounced", "complained", "rejected", "failed", "suppressed"];

function emailFilter(say: Words): Filter {
  const each = Object.entries(emailStatus).map(([value, { text }]) => ({ value, label: text }));
  return {
    name: "status",
    label: say.status,
    options: [{ value: notArrived.join(), label: say.notArrived }, ...each],
  };
}

function smsFilter(say: Words): Filter {
  const reasons = Object.entries(smsReasons).map(([value, text]) => ({ value, label: `Not Delivered – ${text}` }));
  const each = Object.entries(smsStatus).map(([value, { text }]) => ({ value, label: text }));
  return { name: "status", label: say.status, options: [...each, ...reasons] };
}

/** The API's own order is by the latest activity; people look for a message by when it was sent. */
function bySending(query: ListQuery): ListQuery {
  return { ...query, sort: query.sort ?? "sent" };
}

/** A log of a record as the API exports it. */
export function exportedLog(key: RecordKey, log: string, asked: (query: ListQuery) => ListQuery = (query) => query) {
  return (query: ListQuery): Exported => ({ list: `records/${key.type}/${key.id}/${log}`, query: asked(query) });
}

/** When a message was sent; its latest activity is in the tooltip, and an order of its own. */
function whenSent<Row extends EmailRow | SmsRow>(say: Words): Definition<Row>["columns"] {
  return [
    {
      key: "date",
      label: say.sent,
      sort: "sent",
      width: "214px",
      card: "head",
      cell: (row, context) =>
        time(row.occurred_at, context, `${say.lastActivity}: ${context.zone?.text(row.last_activity_at)}`),
    },
    { key: "activity", label: say.lastActivity, sort: "date", cardOnly: true, cell: () => nothing },
  ];
}

export function emailLog(key: RecordKey, say: Words, open: (row: EmailRow) => void): Definition<EmailRow> {
  return {
    name: say.emailLog,
    noun: ["e-mail", "e-mails"],
    search: say.searchEmails,
    dates: true,
    filters: [emailFilter(say)],
    sort: "sent",
    empty: say.noEmails,
    failure: failureOf("email", key.type),
    exported: exportedLog(key, "emails", bySending),
    key: (row) => row.id,
    open,
    href: (row, { links }) => links.email?.(key, row.id),
    load: ({ daybook }, query, signal) =>
      daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/emails", {
          params: { path: daybook.recordPath(key), query: parameters(bySending(query)) },
          signal,
        })
      ),
    columns: [
      ...whenSent<EmailRow>(say),
      {
        key: "recipient",
        label: say.recipient,
        sort: "recipient",
        width: "27%",
        card: "line",
        cell: (row, context) => orErased(row, address(row.recipient), context),
      },
      {
        key: "subject",
        label: say.subject,
        main: true,
        card: "title",
        cell: (row, context) => orErased(row, row.subject || say.noSubject, context),
      },
      {
        key: "status",
        label: say.deliveryStatus,
        sort: "status",
        width: "214px",
        card: "status",
        cell: (row) => mark(emailMark(row)),
      },
    ],
  };
}

export function smsLog(key: RecordKey, say: Words): Definition<SmsRow> {
  return {
    name: say.smsLog,
    noun: ["text message", "text messages"],
    search: say.searchSms,
    dates: true,
    filters: [smsFilter(say)],
    sort: "sent",
    empty: say.noSms,
    failure: failureOf("sms", key.type),
    exported: exportedLog(key, "sms", bySending),
    key: (row) => row.id,
    load: ({ daybook }, query, signal) =>
      daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/sms", {
          params: { path: daybook.recordPath(key), query: parameters(bySending(query)) },
          signal,
        })
      ),
    columns: [
      ...whenSent<SmsRow>(say),
      {
        key: "recipient",
        label: say.phone,
        sort: "recipient",
        width: "150px",
        card: "line",
        cell: (row, context) => html`<span class="number">${orErased(row, phone(row.recipient), context)}</span>`,
      },
      {
        key: "message",
        label: say.message,
        card: "title",
        cell: (row, context) => orErased(row, row.text, context),
      },
      {
        key: "status",
        label: say.deliveryStatus,
        sort: "status",
        width: "270px",
        card: "status",
        cell: (row) => html`${mark(smsMark(row))}${advice(row)}`,
      },
      { key: "advice", label: "", card: "line", cardOnly: true, cell: advice },
    ],
  };
}

/** Why it did not arrive and what to do, in the row: a text message has no dialog. */
function advice(row: SmsRow | PushRow): TemplateResult | typeof nothing {
  const { verdict } = row;
  const plain = row.status === "delivered" || row.status === "sent" || row.status === null;
  if (!verdict || plain || verdict.code === "sms_waiting") return nothing;
  return html`<span class="sub">${verdict.text}${
    verdict.next
      ? html`
        ${verdict.next}
      `
      : nothing
  }</span>`;
}

/** A number of North America in its usual punctuation; others as they are. */
export function phone(number: string): string {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

export function pushLog(key: RecordKey, say: Words): Definition<PushRow> {
  return {
    name: say.pushLog,
    noun: ["notification", "notifications"],
    search: say.searchPushes,
    dates: true,
    sort: "date",
    empty: say.noPushes,
    failure: failureOf("push", key.type),
    exported: exportedLog(key, "pushes"),
    key: (row) => row.id,
    load: ({ daybook }, query, signal) =>
      daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/pushes", {
          params: { path: daybook.recordPath(key), query: parameters(query) },
          signal,
        })
      ),
    columns: [
      {
        key: "date",
        label: say.sent,
        sort: "date",
        width: "230px",
        card: "head",
        cell: (row, context) => time(row.occurred_at, context),
      },
      {
        key: "subject",
        label: say.subject,
        width: "28%",
        card: "title",
        cell: (row, context) => orErased(row, row.subject, context),
      },
      {
        key: "message",
        label: say.message,
        card: "line",
        cell: (row, context) =>
          html`${orErased(row, row.text, context)}${
            row.status === "failed" ? html`<span class="sub">${mark(pushStatus.failed)}</span>${advice(row)}` : nothing
          }`,
      },
    ],
  };
}

export function activityLog(key: RecordKey, say: Words): Definition<ActivityRow> {
  return {
    name: say.activityLog,
    noun: ["entry", "entries"],
    search: say.searchActivity,
    dates: true,
    sort: "date",
    empty: say.noActivity,
    failure: failureOf("activity", key.type),
    exported: exportedLog(key, "activity"),
    key: (row) => row.id,
    load: ({ daybook }, query, signal) =>
      daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/activity", {
          params: { path: daybook.recordPath(key), query: parameters(query) },
          signal,
        })
      ),
    columns: [
      {
        key: "date",
        label: say.dateTime,
        sort: "date",
        width: TIME_WIDTH,
        card: "head",
        cell: (row, context) => time(row.occurred_at, context),
      },
      {
        key: "ip",
        label: say.ip,
        width: "140px",
        card: "line",
        cell: (row) => html`<span class="number">${row.ip ?? "–"}</span>`,
      },
      {
        key: "action",
        label: say.nameAction,
        card: "title",
        cell: (row, context) => row.erased_at ? orErased(row, "", context) : html`<b>${row.name}</b> ${row.action}`,
      },
      { key: "details", label: say.details, width: "30%", card: "line", cell: (row) => details(row.details) },
    ],
  };
}

/** Details are a text, or names with values. */
export function details(value: unknown): TemplateResult | typeof nothing {
  if (value === null || value === undefined || value === "") return nothing;
  if (typeof value !== "object") return html`${String(value)}`;
  return html`<ul class="pairs">${
    Object.entries(value).map(([name, one]) =>
      html`<li><span class="dim">${name}</span> ${typeof one === "object" ? JSON.stringify(one) : String(one)}</li>`
    )
  }</ul>`;
}

export function auditLog(key: RecordKey, say: Words, open: (row: AuditRow) => void): Definition<AuditRow> {
  return {
    name: say.auditLog,
    noun: ["entry", "entries"],
    search: say.searchAudit,
    dates: true,
    sort: "date",
    empty: say.noAudit,
    failure: failureOf("audit", key.type),
    exported: exportedLog(key, "audit"),
    key: (row) => row.id,
    open,
    load: ({ daybook }, query, signal) =>
      daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/audit", {
          params: { path: daybook.recordPath(key), query: parameters(query) },
          signal,
        })
      ),
    columns: auditColumns(say),
  };
}

type AnyAudit = Pick<AuditRow, "occurred_at" | "member_name" | "username" | "source" | "ip" | "action" | "names"> & {
  affected_count: number;
  erased_at?: string;
};

/** The columns of every audit log: a record's, and the business's. */
export function auditColumns<Row extends AnyAudit>(say: Words): Definition<Row>["columns"] {
  return [
    {
      key: "date",
      label: say.dateTime,
      sort: "date",
      width: TIME_WIDTH,
      card: "head",
      cell: (row, context) => time(row.occurred_at, context),
    },
    { key: "member", label: say.memberName, width: "13%", card: "line", cell: (row) => row.member_name },
    { key: "username", label: say.username, width: "11%", cell: (row) => address(row.username) },
    { key: "source", label: say.source, width: "12%", card: "status", cell: (row) => sources[row.source] },
    {
      key: "ip",
      label: say.ip,
      width: "140px",
      cell: (row) => html`<span class="number">${row.ip ?? "–"}</span>`,
    },
    {
      key: "action",
      label: say.action,
      main: true,
      card: "title",
      cell: (row, context) => orErased(row, row.action, context),
    },
    { key: "affected", label: say.affected, width: "18%", card: "line", cell: (row) => affectedNames(row) },
  ];
}

function affectedNames({ names, affected_count: all }: AnyAudit): TemplateResult | typeof nothing {
  if (!all) return nothing;
  const text = names.slice(0, 2).join(", ");
  const more = all - Math.min(2, names.length);
  return html`<span class="mark">${icon("book", 14)}<span>${address(text)}${
    more > 0 ? ` and ${more} more` : ""
  }</span></span>`;
}

export function typeName(type: string): string {
  return recordTypes[type] ?? type;
}
