/** The list below the bars: the messages of a day and a class, or to a recipient. */
import { html, nothing, type TemplateResult } from "lit";
import type { EmailRow, SmsRow } from "../../api.ts";
import { address, emailMark, mark, phone, smsMark, time } from "../../elements/logs.ts";
import { href, isRecordType } from "../../route.ts";
import type { Context } from "../../table/context.ts";
import { emptyState } from "../../table/states.ts";
import type { Definition } from "../../table/table.ts";
import { asked, type Listed, type MessageLog } from "./counts.ts";
import type { RecordNames } from "../record-names.ts";
import { nouns } from "./week.ts";
import { words } from "./words.ts";

export type MessageRow = EmailRow | SmsRow;

/** Names are asked for row by row, so a page is shorter than elsewhere. */
const LIMIT = 25;

/**
 * `list` is what the address says by the time the list is loaded. `half` is said in place of `empty` where the
 * recipient is a part of one.
 */
export function messageList(
  log: MessageLog,
  names: RecordNames,
  list: () => Listed,
  empty: string,
  half: string,
): Definition<MessageRow> {
  return {
    name: words.title,
    noun: nouns[log],
    own: ["recipient"],
    sort: "date",
    empty,
    failure: words.failure.list,
    key: (row) => row.id,
    href: rowAddress,
    ...(half ? { below: ({ entries }) => (entries.length ? nothing : emptyState(half)) } : {}),
    load: async ({ daybook }, { cursor }, signal) => {
      const query = { log, limit: LIMIT, ...(cursor ? { cursor } : {}), ...asked(list(), log) };
      const page = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/messages", { params: { path: { org: daybook.org }, query }, signal })
      );
      names.want(page.entries.map(({ record }) => record));
      return page;
    },
    columns: [
      {
        key: "date",
        label: words.sent,
        width: "196px",
        card: "head",
        cell: (row, context) => time(row.occurred_at, context),
      },
      {
        key: "record",
        label: words.record,
        width: "18%",
        card: "line",
        cell: (row, { links }) => html`<a href=${links.record?.(row.record) ?? ""}>${names.text(row.record)}</a>`,
      },
      {
        key: "recipient",
        label: words.recipient,
        width: "23%",
        card: "line",
        cell: (row) =>
          row.log === "sms" ? html`<span class="number">${phone(row.recipient)}</span>` : address(row.recipient),
      },
      { key: "message", label: words.message, main: true, card: "title", cell: text },
      { key: "status", label: words.status, width: "232px", card: "status", cell: status },
      { key: "why", label: "", card: "line", cardOnly: true, cell: why },
    ],
  };
}

function text(row: MessageRow, { words: say }: Context): unknown {
  if (row.erased_at) return html`<i class="dim">${say.erased}</i>`;
  if (row.log === "email") return row.subject || words.noSubject;
  return html`<span class="clamp">${row.text}</span>`;
}

/** A text message has no dialog: so its row says more. */
function status(row: MessageRow): unknown {
  if (row.log === "email") return mark(emailMark(row));
  return html`${mark(smsMark(row))}${why(row)}`;
}

function why(row: MessageRow): TemplateResult | typeof nothing {
  const text = row.log === "sms" && row.status === "not_delivered" ? row.verdict?.text : undefined;
  return text ? html`<span class="sub">${text}</span>` : nothing;
}

/** The e-mail; of a text message, the log that it stands in. */
function rowAddress({ log, id, record: { type, id: recordId } }: MessageRow, { daybook }: Context): string | undefined {
  if (!isRecordType(type)) return undefined;
  const place = { page: "record" as const, org: daybook.org, record: { type, id: recordId } };
  return log === "email" ? href({ ...place, email: id }) : href(place, new URLSearchParams({ log: "sms" }));
}
