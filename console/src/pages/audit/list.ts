/** What is listed: the business's audit log, with what is said below it and where it is empty. */
import { html, nothing, type TemplateResult } from "lit";
import type { Schemas } from "../../api.ts";
import type { Offer } from "../../elements/entry/affected.ts";
import { type Field, termOf } from "../../elements/entry/terms.ts";
import { address, auditColumns, orErased } from "../../elements/logs.ts";
import { icon } from "../../icons.ts";
import { denied, permissions, sources, type Words } from "../../words/elements.ts";
import type { Context } from "../../table/context.ts";
import type { ListQuery } from "../../table/query.ts";
import { emptyState } from "../../table/states.ts";
import type { Column, Definition } from "../../table/table.ts";
import { conflict, spanOf } from "./line.ts";
import {
  auditWords as words,
  conflicting,
  lookedBack,
  lookedUp,
  nothingFound,
  searchedBack,
  searchedUp,
} from "../../words/audit.ts";

export type Row = Schemas["OrgAuditRow"];
export type AuditPage = Schemas["OrgAuditPage"];

/** What the list needs of the page around it. */
export type Around = {
  load: Definition<Row>["load"];
  offer: Offer;
  open: (row: Row) => string;
  goOn: () => void;
  clear: () => void;
  showBetween: (from: string, to: string) => void;
  /** What was asked for last. */
  query: () => ListQuery;
  /** Whether the search was stopped by its time limit, before its page was full. */
  stopped: () => boolean;
};

export function auditList(say: Words, around: Around): Definition<Row> {
  return {
    name: words.name,
    noun: ["entry", "entries"],
    own: ["staff", "source"],
    sort: "date",
    empty: words.emptyLog,
    failure: { what: "The audit log", denied: denied("the audit log", permissions.audit_log) },
    key: (row) => row.id,
    href: around.open,
    load: around.load,
    below: (page, context) => below(page as AuditPage, context, around),
    columns: columns(say, around.offer),
  };
}

const WIDTHS: Record<string, string | undefined> = {
  date: "178px",
  member: "13.4%",
  username: "10%",
  source: "11%",
  ip: "12.4%",
  affected: "15.4%",
};

function columns(say: Words, offer: Offer): Column<Row>[] {
  const cells: Record<string, Column<Row>["cell"]> = {
    member: (row) => html`<span class="clamp"><bdi>${row.member_name}</bdi></span>`,
    username: (row) => searchable(offer, "username", row.username),
    source: (row) => searchable(offer, "source", sources[row.source], row.source),
    ip: (row) => (row.ip ? searchable(offer, "ip", row.ip) : html`<span class="dim">–</span>`),
    action: (row, context) => html`<span class="clamp four"><bdi>${orErased(row, row.action, context)}</bdi></span>`,
    affected,
  };
  return auditColumns<Row>(say).map((column) => ({
    ...column,
    width: WIDTHS[column.key],
    cell: cells[column.key] ?? column.cell,
  }));
}

/** By keyboard it is offered in the drawer: so that Tab goes from row to row. */
function searchable(offer: Offer, field: Field, text: string, value = text): TemplateResult {
  return html`
    <button class="bare value small number" tabindex="-1"
      @click=${(event: Event) =>
        offer(event, {
          text,
          term: termOf(field, value),
        })}><span class="clamp" title=${text}><bdi>${text}</bdi></span></button>
  `;
}

function affected({ names, affected_count: all }: Row): TemplateResult | typeof nothing {
  if (!all) return nothing;
  const first = names.slice(0, 3).map((name, at) => html`${at ? ", " : ""}${address(name)}`);
  // The number does not stand alone on its line.
  return html`
    <span
      class="mark">${icon("book", 14)}<span class="clamp four"><b>${all}</b>&nbsp;<bdi>${first}${all > first.length
        ? ", …"
        : ""}</bdi></span></span>
  `;
}

/** Below the rows, or in their place: how far the search came, and how it goes on. */
function below(page: AuditPage, context: Context, around: Around): TemplateResult | typeof nothing {
  const { zone } = context;
  if (!zone) return nothing;
  const query = around.query();
  const oldestFirst = query.order === "asc";
  const found = page.entries.length;
  const reached = oldestFirst ? page.range.to : page.range.from;
  if (around.stopped() && reached) {
    const at = zone.text(reached);
    const button = html`<button @click=${around.goOn}>${oldestFirst ? words.goOnNewer : words.goOn}</button>`;
    if (found) {
      return html`<div class="extent"><span>${oldestFirst ? searchedUp(at) : searchedBack(at)}</span>${button}</div>`;
    }
    const text = oldestFirst ? lookedUp(at, found) : lookedBack(at, found);
    return html`
      <div class="state">
        <p><strong>${words.stopped}</strong> ${text}</p>
        <div class="actions">${button}</div>
      </div>
    `;
  }
  if (!found) return empty(page, context, around);
  if (page.next) return nothing;
  return html`<p class="extent dim small">${oldestFirst ? words.nothingNewer : words.nothingOlder}${
    !oldestFirst && !page.range.from && !narrowed(query) ? ` ${words.nothingMore}` : ""
  }</p>`;
}

function empty({ understood, range, prev }: AuditPage, context: Context, around: Around): TemplateResult {
  const { zone } = context;
  const query = around.query();
  if (prev) return emptyState(query.order === "asc" ? words.nothingNewer : words.nothingOlder);
  if (!narrowed(query)) return emptyState(words.emptyLog);
  const clear = html`<button @click=${around.clear}>${words.clearSearch}</button>`;
  const apart = conflict(understood);
  if (apart && zone) {
    const dates = understood.filter(({ kind, from }) => kind === "date" && from).map(({ text }) => text);
    const last = new Date(Date.parse(apart.to) - 1);
    const between = html`<button class="main" @click=${() =>
      around.showBetween(zone.day(apart.from), zone.day(last))}>${words.showBetween}</button>${clear}`;
    return emptyState(conflicting(dates), between);
  }
  const skipped = understood.find((part) => part.kind === "date" && spanOf(part) === "skipped");
  if (skipped) return emptyState(`${skipped.text}: ${words.skipped}.`, clear);
  const bound = (at: string | null) => (at && zone ? zone.text(at) : null);
  return emptyState(nothingFound(bound(range.from), bound(range.to)), clear);
}

function narrowed({ q, from, to, filters }: ListQuery): boolean {
  return Boolean(q || from || to || Object.values(filters).some((values) => values.length));
}

/** Two pages of a search that goes on, as one. */
export function joined(before: AuditPage, after: AuditPage, oldestFirst: boolean): AuditPage {
  return {
    ...after,
    entries: [...before.entries, ...after.entries],
    prev: before.prev,
    range: oldestFirst
      ? { from: before.range.from, to: after.range.to }
      : { from: after.range.from, to: before.range.to },
  };
}
