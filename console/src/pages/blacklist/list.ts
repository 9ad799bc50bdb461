/** The list of blacklisted addresses: its columns, and what can be done in each row. */
import { html, nothing, type TemplateResult } from "lit";
import type { Block } from "../../api.ts";
import { address, time } from "../../elements/logs.ts";
import { blockStatus } from "../../words/elements.ts";
import type { Context } from "../../table/context.ts";
import { parameters } from "../../table/query.ts";
import type { Definition } from "../../table/table.ts";
import type { RecordNames } from "../record-names.ts";
import { andMore, resetBefore, resetBy, words } from "./words.ts";

/** Of the records of an address, so many are shown. */
const RECORDS = 2;
/** Names are asked for row by row, so a page is shorter than elsewhere. */
const LIMIT = 25;

export type Actions = { reset(block: Block): void; check(block: Block): void };

export function blacklist(names: RecordNames, actions: Actions): Definition<Block> {
  return {
    name: words.title,
    noun: ["address", "addresses"],
    search: words.search,
    brief: words.searchBrief,
    filters: [{
      name: "status",
      label: words.status,
      options: Object.entries(blockStatus).map(([value, { text }]) => ({ value, label: text })),
    }],
    sort: "",
    empty: words.empty,
    failure: words.failure,
    exported: (query) => ({ list: "blacklist", query }),
    key: ({ address }) => address,
    load: async ({ daybook, links }, query, signal) => {
      const page = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/blacklist", {
          params: {
            path: { org: daybook.org },
            query: parameters({ ...query, limit: LIMIT, sort: undefined, order: undefined }),
          },
          signal,
        })
      );
      // Of a record that the person may not open, the name is not theirs to see either.
      const shown = page.entries.flatMap(({ records = [] }) => records.slice(0, RECORDS));
      names.want(shown.filter((record) => links.record?.(record)));
      return page;
    },
    columns: [
      {
        key: "address",
        label: words.address,
        width: "24%",
        card: "title",
        cell: (block) => html`<b>${address(block.address)}</b>`,
      },
      {
        key: "status",
        label: words.status,
        width: "118px",
        card: "status",
        cell: ({ status }) => blockStatus[status].text,
      },
      {
        key: "since",
        label: words.since,
        width: "180px",
        card: "head",
        cell: (block, context) => time(block.since, context),
      },
      { key: "why", label: words.why, card: "line", cell: why },
      {
        key: "records",
        label: words.records,
        width: "13%",
        card: "line",
        cell: (block, context) => records(block, names, context),
      },
      { key: "actions", label: words.actions, width: "152px", card: "line", cell: (block) => buttons(block, actions) },
    ],
  };
}

function why({ status, reason, resets }: Block, context: Context): TemplateResult {
  // Of a notice without words of its own, only its kind is known: "Permanent".
  const text = /\s/.test(reason) ? reason : blockStatus[status].why;
  return html`<span class="clamp" title=${text}>${text}</span>${resets?.length ? before(resets, context) : nothing}`;
}

/** Who has reset it before: perhaps they should not do it again. */
function before(resets: NonNullable<Block["resets"]>, { zone }: Context): TemplateResult {
  return html`
    <details class="sub">
      <summary>${resetBefore(resets.length)}</summary>
      ${resets.map(({ at, member_name, username, reason }) =>
        html`<p>${resetBy(zone?.text(at) ?? "", member_name ?? username ?? "", reason ?? "")}</p>`
      )}
    </details>
  `;
}

function records({ records = [] }: Block, names: RecordNames, { links }: Context): TemplateResult {
  if (!records.length) return html`<span class="dim">${words.noRecord}</span>`;
  const shown = records.slice(0, RECORDS);
  const more = records.length - shown.length;
  const named = shown.map((record, at) => html`${at ? ", " : ""}${linked(names.text(record), links.record?.(record))}`);
  return html`${named}${
    more
      ? html`
        <span class="dim">${andMore(more)}</span>
      `
      : nothing
  }`;
}

function linked(name: string, to: string | undefined): TemplateResult | string {
  return to ? html`<a href=${to}>${name}</a>` : name;
}

/** Whether an address gets mail is only asked where that is why it stands here. */
function buttons(block: Block, { reset, check }: Actions): TemplateResult {
  const checked = block.status === "bounce" || block.status === "invalid";
  return html`<span class="acts">
    <button class="plain" aria-label="${words.reset} ${block.address}" @click=${() =>
    reset(block)}>${words.resetMore}</button>
    ${
    checked
      ? html`
        <button class="plain" title=${words.checkTitle} aria-label="${words.check} ${block.address}"
          @click=${() => check(block)}>${words.check}</button>
      `
      : nothing
  }</span>`;
}
