/** The list of one's exports: its columns, and what can be done in each row. */
import { html, nothing, type TemplateResult } from "lit";
import { mark, time } from "../../elements/logs.ts";
import type { Export } from "../../exports/running.ts";
import type { Context } from "../../table/context.ts";
import type { Definition } from "../../table/table.ts";
import {
  exportWords,
  formatName,
  listName,
  narrowedBy,
  progress,
  ready,
  recordIn,
  state,
  why,
} from "../../words/exports.ts";
import type { RecordNames } from "../record-names.ts";
import { actionLabel, ofRecord, words } from "./words.ts";

const LIMIT = 25;

export type Actions = { download(one: Export): void; cancel(one: Export): void };

/** `cancelling` are the ids of those whose cancel waits for an answer. */
export function exportList(names: RecordNames, actions: Actions, cancelling: ReadonlySet<string>): Definition<Export> {
  return {
    name: words.title,
    noun: ["export", "exports"],
    sort: "",
    empty: words.empty,
    failure: words.failure,
    key: ({ id }) => id,
    load: async ({ daybook, links }, { cursor }, signal) => {
      const query = { limit: LIMIT, ...(cursor ? { cursor } : {}) };
      const params = { path: { org: daybook.org }, query };
      const page = await daybook.ask((client) => client.GET("/v1/orgs/{org}/exports", { params, signal }));
      // Of a record that the person may not open, the name is not theirs to see either.
      const records = page.entries.flatMap(({ list }) => recordIn(list) ?? []);
      names.want(records.filter((record) => links.record?.(record)));
      return { entries: page.entries, next: page.next, prev: page.prev };
    },
    columns: [
      {
        key: "requested",
        label: words.requested,
        width: "190px",
        card: "head",
        cell: (one, context) => time(one.requested_at, context),
      },
      { key: "list", label: words.list, card: "title", cell: (one, context) => what(one, names, context) },
      {
        key: "format",
        label: words.format,
        width: "16%",
        card: "line",
        cell: (one, { words }) => formatName(one, exportWords(words)),
      },
      { key: "state", label: words.state, width: "26%", card: "status", cell: stateCell },
      { key: "more", label: "", card: "line", cardOnly: true, cell: details },
      {
        key: "actions",
        label: words.actions,
        width: "130px",
        card: "line",
        cell: (one, context) => buttons(one, actions, cancelling.has(one.id), context),
      },
    ],
  };
}

function what(one: Export, names: RecordNames, { words: say, zone, links }: Context): TemplateResult {
  const name = listName(one, exportWords(say));
  const record = recordIn(one.list);
  const to = record ? links.record?.(record) : undefined;
  const lead = one.list.endsWith("/timeline") ? `${say.everything}:` : ofRecord(name);
  const whose = record && html`${lead} ${to ? html`<a href=${to}>${names.text(record)}</a>` : names.text(record)}`;
  const lines = zone ? narrowedBy(one, say, zone) : [];
  return html`${whose ?? name}${lines.map((line) => html`<span class="sub">${line}</span>`)}`;
}

function details(one: Export, { zone, words }: Context): string {
  const say = exportWords(words);
  if (one.status === "done" && !one.rows) return say.exportNoRows;
  if (one.status === "running" && one.reason) return `${why(one)} ${say.exportAgain}`;
  return zone ? { running: progress, done: ready, failed: why, expired: why }[one.status](one, zone) : "";
}

function stateCell(one: Export, context: Context): TemplateResult {
  const more = details(one, context);
  return html`${mark(state(one))}${more ? html`<span class="sub">${more}</span>` : nothing}`;
}

function buttons(
  one: Export,
  { download, cancel }: Actions,
  cancelling: boolean,
  { words: say, zone }: Context,
): TemplateResult | typeof nothing {
  const running = one.status === "running";
  if (!running && !(one.status === "done" && one.rows)) return nothing;
  const [text, act] = running ? [cancelling ? words.cancelling : words.cancel, cancel] : [words.download, download];
  const label = actionLabel(text, listName(one, exportWords(say)), zone?.text(one.requested_at) ?? "");
  return html`
    <span
      class="acts"><button class="plain" aria-label=${label} aria-disabled=${running && cancelling
        ? "true"
        : nothing} @click=${() => running && cancelling || act(one)}>${text}</button></span>
  `;
}
