/** How a value of a record is shown: any JSON, as a person reads it. */
import { html, type TemplateResult } from "lit";
import type { Context } from "../../table/context.ts";
import { utc } from "../../time.ts";
import { type Change, isInstant, label } from "./changes.ts";
import { entryWords as words } from "../../words/entry.ts";

/** What is longer is folded. */
const LONG = 400;

export function shownValue(value: unknown, context: Context): unknown {
  if (value === undefined || value === null) return html`<i class="dim">${words.noValue}</i>`;
  if (value === "") return html`<i class="dim">${words.empty}</i>`;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (isInstant(value) && context.zone) {
    return html`<time datetime=${value} title=${utc(value)}>${context.zone.text(value)}</time>`;
  }
  if (Array.isArray(value)) {
    if (!value.length) return html`<i class="dim">${words.empty}</i>`;
    return html`<ul>${value.map((item) => html`<li>${shownValue(item, context)}</li>`)}</ul>`;
  }
  if (typeof value === "object") return pairs(value, context);
  return text(String(value));
}

function text(value: string): TemplateResult {
  if (value.length <= LONG) return html`<bdi class="text">${value}</bdi>`;
  return html`<details class="long"><summary><bdi class="text">${value.slice(0, LONG)}…</bdi>
    <span class="more">${words.showMore}</span><span class="less">${words.showLess}</span></summary>
    <bdi class="text">${value}</bdi></details>`;
}

/** Names with values. */
export function pairs(value: object, context: Context): TemplateResult {
  return html`<dl class="pairs">${
    Object.entries(value).map(([name, one]) =>
      html`
        <div>
          <dt title=${name}>${label([name])}</dt>
          <dd>${shownValue(one, context)}</dd>
        </div>
      `
    )
  }</dl>`;
}

/** A table of what differs. A record that was made has no column "Before", one that was deleted no "After". */
export function changeTable(list: Change[], sides: "both" | "before" | "after", context: Context): TemplateResult {
  const heads = { both: [words.before, words.after], before: [words.before], after: [words.after] }[sides];
  return html`
    <table class="changes ${sides}">
      <thead>
        <tr><th scope="col">${words.field}</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>
      </thead>
      <tbody>${list.map((change) => changeRow(change, sides, context))}</tbody>
    </table>
  `;
}

function changeRow(change: Change, sides: "both" | "before" | "after", context: Context): TemplateResult {
  const { path, before, after, items } = change;
  const head = html`<th scope="row" title=${path.join(".")}>${path.length ? label(path) : words.value}</th>`;
  if (items) {
    return html`<tr>${head}<td colspan=${sides === "both" ? 2 : 1} class="items">${itemList(items, context)}</td></tr>`;
  }
  const reordered = Array.isArray(before) && Array.isArray(after)
    ? html`<p class="small dim">${words.reordered}</p>`
    : "";
  return html`<tr>${head}
    ${sides === "after" ? "" : html`<td class="was" data-label=${words.before}>${shownValue(before, context)}</td>`}
    ${
    sides === "before"
      ? ""
      : html`<td class="is" data-label=${words.after}>${shownValue(after, context)}${reordered}</td>`
  }</tr>`;
}

function itemList({ removed, added }: NonNullable<Change["items"]>, context: Context): TemplateResult {
  const item = (sign: string, what: string, tone: string) => (value: unknown) =>
    html`<li><span class="sign ${tone}" aria-hidden="true">${sign}</span><span class="unseen">${what}</span>
      <div>${shownValue(value, context)}</div></li>`;
  return html`<ul class="differing">${removed.map(item("−", words.removed, "bad"))}
    ${added.map(item("+", words.added, "good"))}</ul>`;
}
