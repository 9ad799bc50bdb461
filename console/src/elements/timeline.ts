/** `<daybook-timeline>`: all the logs of a record as one, newest first, with a checkbox for each channel. */
import { css, html, type PropertyDeclarations, type TemplateResult } from "lit";
import type { TimelineRow } from "../api.ts";
import { type Icon, icon } from "../icons.ts";
import { changed, type RecordKey } from "../route.ts";
import { type DialogWords, dialogWords } from "../words/dialogs.ts";
import { denied, logName, pushStatus, sources, type Words } from "../words/elements.ts";
import type { Context } from "../table/context.ts";
import { listing, type ListQuery, parameters } from "../table/query.ts";
import type { Definition } from "../table/table.ts";
import { DaybookElement } from "./base.ts";
import { address, emailMark, exportedLog, type LogName, mark, phone, smsMark, time } from "./logs.ts";

export class Timeline extends DaybookElement {
  static override styles = [
    ...DaybookElement.styles,
    css`
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
        padding-top: 12px;
      }
      label {
        display: inline-flex;
        gap: 8px;
        align-items: center;
        min-height: 36px;
        cursor: pointer;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    logs: { attribute: false },
  };

  /** Those that the person may see. */
  logs: LogName[] = [];

  #definition: Definition<TimelineRow> | undefined;
  #made = "";

  protected override content(context: Context): TemplateResult {
    return html`
      ${this.logs.length > 1 ? this.#channels(context) : ""}
            <daybook-table .context=${context} .definition=${this.#define(context)} .query=${this.query}
        @daybook-query=${this.taken}></daybook-table>
    `;
  }

  get #chosen(): LogName[] {
    const chosen = new URLSearchParams(this.query).getAll("channel");
    return chosen.length ? this.logs.filter((log) => chosen.includes(log)) : this.logs;
  }

  #channels({ words }: Context): TemplateResult {
    const chosen = this.#chosen;
    return html`<fieldset><legend class="unseen">${dialogWords(words).channels}</legend>
      ${
      this.logs.map((log) =>
        html`<label><input type="checkbox" .checked=${chosen.includes(log)} @change=${() => this.#toggle(log)}>
          ${icon(sign(log))} ${logName(log, words)}</label>`
      )
    }</fieldset>`;
  }

  /** All are shown where none is chosen: so the last one cannot be taken away. */
  #toggle(log: LogName): void {
    const now = this.#chosen;
    const next = now.includes(log) ? now.filter((one) => one !== log) : [...now, log];
    const all = next.length === this.logs.length;
    this.change(changed(new URLSearchParams(listing(this.query, {})), { channel: all ? null : next }).toString());
    this.requestUpdate();
  }

  #define({ words }: Context): Definition<TimelineRow> {
    const made = JSON.stringify([this.record, words]);
    if (!this.#definition || made !== this.#made) {
      this.#definition = timeline(
        this.key,
        dialogWords(words),
        ({ id, log }) =>
          this.chosen(
            log === "audit" ? { kind: "entry", ...this.key, entry: id } : { kind: "email", ...this.key, email: id },
          ),
      );
    }
    this.#made = made;
    return this.#definition;
  }
}

function sign(log: LogName): Icon {
  return log === "email" ? "mail" : log;
}

function timeline(key: RecordKey, say: Words & DialogWords, open: (row: TimelineRow) => void): Definition<TimelineRow> {
  return {
    name: say.everything,
    noun: ["entry", "entries"],
    search: say.searchEverything,
    filters: [],
    own: ["channel"],
    sort: "date",
    empty: say.noEverything,
    failure: { what: "The timeline", denied: denied("the logs of this record", "Activity Log") },
    exported: exportedLog(key, "timeline", (query) => ({ ...query, filters: byLog(query) })),
    key: (row) => `${row.log} ${row.id}`,
    open,
    opens: (row) => row.log === "email" || row.log === "audit",
    href: (row, { links }) => (row.log === "email" ? links.email?.(key, row.id) : undefined),
    load: ({ daybook }, query, signal) =>
      daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/timeline", {
          params: { path: daybook.recordPath(key), query: asked(query) },
          signal,
        })
      ),
    columns: [
      {
        key: "date",
        label: say.dateTime,
        width: "188px",
        card: "head",
        cell: (row, context) => time(row.occurred_at, context),
      },
      {
        key: "log",
        label: say.channel,
        width: "190px",
        card: "line",
        cell: (row) => html`<span class="mark dim">${icon(sign(row.log))}<span>${logName(row.log, say)}</span></span>`,
      },
      { key: "what", label: say.what, main: true, card: "title", cell: what },
      { key: "status", label: say.status, width: "230px", card: "status", cell: status },
    ],
  };
}

/** The channels that are checked are the API's `log`. */
function byLog({ filters: { channel = [] } }: ListQuery): ListQuery["filters"] {
  return { log: channel };
}

function asked(query: ListQuery): Record<string, never> {
  const { q, cursor, limit } = query;
  return parameters({ q, cursor, limit, filters: byLog(query) });
}

function what(row: TimelineRow, { words }: Context): unknown {
  if (row.erased_at) return html`<i class="dim">${words.erased}</i>`;
  switch (row.log) {
    case "email":
      return html`${row.subject || words.noSubject}<span class="sub">${address(row.recipient)}</span>`;
    case "sms":
      return html`${row.text}<span class="sub">${phone(row.recipient)}</span>`;
    case "push":
      return html`${row.subject}<span class="sub">${row.text}</span>`;
    case "activity":
      return html`${row.name} ${row.action}`;
    case "audit":
      return html`${row.member_name} ${row.action}<span class="sub">${sources[row.source]}</span>`;
  }
}

function status(row: TimelineRow): unknown {
  if (row.log === "email") return mark(emailMark(row));
  if (row.log === "sms") return mark(smsMark(row));
  return row.log === "push" && row.status ? mark(pushStatus[row.status]) : "";
}

customElements.define("daybook-timeline", Timeline);
