/** One affected record of an audit entry: its name with links, what was done to it, and what changed. */
import { html, nothing, type TemplateResult } from "lit";
import type { Schemas } from "../../api.ts";
import { icon } from "../../icons.ts";
import type { Context } from "../../table/context.ts";
import { typeName } from "../logs.ts";
import { changes } from "./changes.ts";
import { termOf, type Value } from "./terms.ts";
import { changeTable, pairs, shownValue } from "./values.ts";
import { changeName, entryWords as words } from "../../words/entry.ts";

export type Affected = Schemas["LinkedAffected"];
/** Offers what one can do with a value. */
export type Offer = (event: Event, value: Value) => void;

/** Whether a record is meant by what was typed: each word begins a word of it. */
export function meant({ record, name, change }: Affected, typed: string): boolean {
  const { type, id } = record;
  const texts = normal(`${name ?? ""} ${type} ${id} ${type}/${id} ${change} ${changeName(change)}`).split(/\s+/);
  return normal(typed).split(/\s+/).filter(Boolean).every((word) => texts.some((text) => text.startsWith(word)));
}

function normal(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

export function affectedRecord(one: Affected, context: Context, offer: Offer): TemplateResult {
  const { record: { type, id }, name, change, url } = one;
  const to = context.links.record?.({ type, id });
  const known = html`<bdi>${name ?? `${typeName(type)} ${id}`}</bdi>`;
  const value = { text: `${type}/${id}`, term: termOf("record", `${type}/${id}`) };
  return html`
    <section class="affected">
      <div class="record">
        <h3>${to ? html`<a href=${to}>${known}</a>` : known}</h3>
        <button class="bare value dim small" @click=${(event: Event) => offer(event, value)}>${type}/${id}</button>
        <span class="change">${changeName(change)}</span>
        ${url
          ? html`
            <a class="portal small" href=${url} target="_blank" rel="noopener"
              aria-label="${words.portal}: ${name ?? id}">${icon("out", 14)} ${words.portal}</a>
          `
          : nothing}
      </div>
      ${whatChanged(one, context)} ${details(one, context)}
    </section>
  `;
}

function whatChanged({ before, after }: Affected, context: Context): TemplateResult | typeof nothing {
  // The API leaves out what was not posted; a posted null is no state either.
  const [old, now] = [before ?? undefined, after ?? undefined];
  const list = changes(old, now);
  if (!list.length) return nothing;
  return changeTable(list, old === undefined ? "after" : now === undefined ? "before" : "both", context);
}

function details({ details }: Affected, context: Context): TemplateResult | typeof nothing {
  if (details === undefined || details === null || details === "") return nothing;
  return html`<div class="details"><span class="dim small">${words.details}</span>
    <div>${typeof details === "object" ? pairs(details, context) : shownValue(details, context)}</div></div>`;
}
