/** The page Audit Log: the business's whole audit log, searched by a line, filtered, and opened entry by entry. */
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import type { Understood } from "../../api.ts";
import { isAborted } from "../../api.ts";
import type { Offer } from "../../elements/entry/affected.ts";
import type { StepEvent } from "../../elements/entry/entry.ts";
import { ValueMenu } from "../../elements/entry/value-menu.ts";
import { Exporting } from "../../exports/button.ts";
import { icon } from "../../icons.ts";
import { changed, href } from "../../route.ts";
import { router } from "../../shell/router.ts";
import type { Context } from "../../table/context.ts";
import { listen } from "../../table/keys.ts";
import { backwards, LIMIT, listing, type ListQuery, page, parameters, read } from "../../table/query.ts";
import type { DaybookTable, Definition } from "../../table/table.ts";
import { ConsolePage } from "../page.ts";
import { auditLook } from "./audit-look.ts";
import { chips } from "./chips.ts";
import { countNew, without } from "./line.ts";
import { auditList, type AuditPage, joined, type Row } from "./list.ts";
import { auditWords as words, examples, newerEntries } from "../../words/audit.ts";
import "../../elements/entry/entry.ts";
import "../../table/table.ts";
import "./filters.ts";

const FILTERS = ["staff", "source"];
const DEBOUNCE = 250;
/** How often it is asked for newer entries, in milliseconds. */
const NEWER = 30_000;

/** Narrower, in pixels, the filters are behind a button; `audit-look.ts` has it, too. */
const SIDE_BY_SIDE = 1000;

class AuditPageElement extends ConsolePage {
  static override styles = [...ConsolePage.styles, auditLook];

  static override properties: PropertyDeclarations = {
    understood: { state: true },
    loaded: { state: true },
    newer: { state: true },
    filtersOpen: { state: true },
    narrow: { state: true },
    copied: { state: true },
  };

  /** What the API made of the line, and which line that was. */
  private understood: { line: string; parts: Understood[] } = { line: "", parts: [] };
  private loaded: AuditPage | null = null;
  private newer = 0;
  private filtersOpen = false;
  private narrow = false;
  private copied = false;

  private get field(): HTMLInputElement {
    return this.renderRoot.querySelector<HTMLInputElement>("#line")!;
  }

  private get table(): DaybookTable | null {
    return this.renderRoot.querySelector<DaybookTable>("daybook-table");
  }

  readonly #exporting = new Exporting(this);
  #definition: Definition<Row> | undefined;
  #goesOn = false;
  #stopped = false;
  #loadedFor = "";
  #loadedPage = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #asking: ReturnType<typeof setInterval> | undefined;
  #abort = new AbortController();
  #stopKeys: (() => void)[] = [];
  readonly #size = new ResizeObserver(([entry]) => this.narrow = (entry?.contentRect.width ?? 0) < SIDE_BY_SIDE);

  override connectedCallback(): void {
    super.connectedCallback();
    this.#size.observe(this);
    this.#asking = setInterval(() => this.#askNewer(), NEWER);
    this.#stopKeys = [
      listen(this, { "/": () => this.field.select() }, true),
      listen(this, { c: () => this.#copy() }),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#size.disconnect();
    clearInterval(this.#asking);
    clearTimeout(this.#typing);
    this.#abort.abort();
    for (const stop of this.#stopKeys) stop();
  }

  protected override updated(changes: PropertyValues): void {
    if (!changes.has("route")) return;
    const { activeElement } = this.shadowRoot!;
    if (this.#typing !== undefined) return;
    if (activeElement !== this.field || this.field.value.trim() !== this.#line) this.field.value = this.#line;
  }

  get #query(): string {
    return this.route.query.toString();
  }

  get #asked(): ListQuery {
    return read(this.#query, FILTERS);
  }

  get #line(): string {
    return this.route.query.get("q") ?? "";
  }

  get #entry(): string | undefined {
    return this.route.page === "audit" ? this.route.entry : undefined;
  }

  /** The address of an entry, or of the list, with the state as it is. */
  #to(entry?: string, query: URLSearchParams = this.route.query): string {
    return href({ page: "audit", org: this.context.daybook.org, ...(entry ? { entry } : {}) }, query);
  }

  #go(query: string, how: "push" | "replace" = "push"): void {
    router.go(this.#to(this.#entry, new URLSearchParams(query)), how);
  }

  // -- the list

  async #load({ daybook }: Context, query: ListQuery, signal: AbortSignal): Promise<AuditPage> {
    const asked = JSON.stringify(query);
    const before = this.#goesOn && asked === this.#loadedFor ? this.loaded : null;
    this.#goesOn = false;
    const { sort: _, ...rest } = query;
    const wanted = before?.next ? { ...rest, cursor: before.next } : rest;
    const answer = await daybook.ask((client) =>
      client.GET("/v1/orgs/{org}/audit", {
        params: { path: { org: daybook.org }, query: parameters(wanted) },
        signal,
      })
    ).catch((error) => {
      // What was understood of the search before would stand beside one that failed.
      if (!isAborted(error)) this.understood = { line: "", parts: [] };
      throw error;
    });
    const number = page(this.#query);
    // Read backwards, a page is short at its beginning: the table's "Newer" goes on from there.
    const backwards = asked !== this.#loadedFor && number < this.#loadedPage;
    this.#stopped = Boolean(answer.next) && answer.entries.length < LIMIT && !backwards;
    this.#loadedFor = asked;
    this.#loadedPage = number;
    this.loaded = before ? joined(before, answer, query.order === "asc") : answer;
    this.understood = { line: query.q ?? "", parts: answer.understood };
    this.newer = 0;
    // A search that was stopped goes on in place, and not by the table's next page.
    return { ...this.loaded, next: this.#stopped ? null : this.loaded.next };
  }

  #define(): Definition<Row> {
    this.#definition ??= auditList(this.context.words, {
      load: (context, query, signal) => this.#load(context, query, signal),
      offer: this.#offer,
      open: (row) => this.#to(row.id),
      goOn: () => {
        this.#goesOn = true;
        this.table?.reload();
      },
      clear: () => this.#clear(),
      showBetween: (from, to) => this.#showBetween(from, to),
      query: () => this.#asked,
      stopped: () => this.#stopped,
    });
    return this.#definition;
  }

  /** How many entries have come since: asked only while somebody looks at the newest. */
  async #askNewer(): Promise<void> {
    const { loaded } = this;
    const query = this.#asked;
    const looking = document.visibilityState === "visible" && navigator.onLine && scrollY < 200;
    if (!loaded || !looking || query.order === "asc" || query.cursor || query.to) return;
    const { daybook } = this.context;
    const [newest] = loaded.entries;
    const from = newest?.occurred_at ?? query.from;
    const { sort: _, ...rest } = { ...query, ...(from ? { from } : {}) };
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    try {
      const answer = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/audit", {
          params: { path: { org: daybook.org }, query: parameters(rest) },
          signal,
        })
      );
      if (this.loaded === loaded) this.newer = countNew(answer.entries, loaded.entries);
    } catch (error) {
      // Nobody has asked for it: the list itself says when it cannot be had.
      if (!isAborted(error)) this.newer = 0;
    }
  }

  #showNewer(): void {
    this.newer = 0;
    this.table?.reload();
    scrollTo({ top: 0 });
  }

  // -- what the person does

  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#search("replace"), DEBOUNCE);
  }

  #search(how: "push" | "replace"): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
    const q = this.field.value.trim();
    if (q !== this.#line) this.#go(listing(this.#query, { q }), how);
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#search("push");
  }

  #take(line: string): void {
    this.field.value = line;
    this.#search("push");
    this.field.focus();
  }

  #clear(): void {
    this.#go(listing(this.#query, { q: null, from: null, to: null, staff: null, source: null }));
    this.field.focus();
  }

  #showBetween(from: string, to: string): void {
    const { line, parts } = this.understood;
    let q = line;
    for (let index = parts.length - 1; index >= 0; index--) {
      if (parts[index]?.kind === "date") q = without(q, parts, index);
    }
    this.#go(listing(this.#query, { q, from, to }));
  }

  readonly #offer: Offer = (event, value) => {
    const menu = this.renderRoot.querySelector("daybook-value-menu");
    if (menu instanceof ValueMenu) menu.open(event.currentTarget as HTMLElement, value);
  };

  async #copy(): Promise<void> {
    await navigator.clipboard.writeText(location.href);
    this.copied = true;
    setTimeout(() => this.copied = false, 2000);
  }

  #step(by: number): void {
    const row = this.#beside(by);
    if (row) router.go(this.#to(row.id), "replace");
  }

  #beside(by: number): Row | undefined {
    const rows = this.loaded?.entries ?? [];
    const at = rows.findIndex(({ id }) => id === this.#entry);
    return at < 0 ? undefined : rows[at + by];
  }

  // -- what the person sees

  protected override render(): TemplateResult {
    const { context } = this;
    // Its only order is by time.
    const exported = { list: "audit", query: { ...this.#asked, sort: undefined } };
    return html`
      <div class="head">
        <h1 tabindex="-1">${words.title}</h1>
        <div>
          <button class="plain" @click=${() => this.#copy()}>${icon("link")}
            <span aria-live="polite">${this.copied ? context.words.copied : context.words.copyLink}</span></button>
          ${this.#exporting.button(context, exported, () => this.#search("push"))}
        </div>
      </div>
      ${this.#searchLine()} ${this.#fault()} ${this.#chips()} ${this.#exporting.panel(context, exported)}
      <div class="layout">
        ${this.#filters()}
        <section aria-label=${words.name}>
          ${this.#newerStrip()}
          <daybook-table .context=${context} .definition=${this.#define()} .query=${this.#query}
            @daybook-query=${this.keep}></daybook-table>
        </section>
      </div>
      <daybook-value-menu .context=${context} .line=${this.#line}></daybook-value-menu>
      ${this.#drawer()}
    `;
  }

  #searchLine(): TemplateResult {
    return html`<form class="line" role="search" aria-label=${words.title} @submit=${this.#submit}>
      <label class="search">${icon("search")}<span class="unseen">${words.search}</span>
        <input id="line" type="search" placeholder=${words.search} autocomplete="off" spellcheck="false"
          enterkeyhint="search" maxlength="1000" aria-keyshortcuts="/" @input=${this.#typed}></label>
      <button class="main">${words.submit}</button>
      ${this.#foldButton()}
      <button type="button" popovertarget="examples">${words.examples} ${icon("down", 12)}</button>
      ${this.#examples()}
    </form>`;
  }

  #examples(): TemplateResult | typeof nothing {
    const { zone } = this.context;
    if (!zone) return nothing;
    const now = new Date();
    const choose = (line: string) => () => {
      this.renderRoot.querySelector<HTMLElement>("#examples")?.hidePopover();
      this.#take(line);
    };
    return html`<div id="examples" class="examples" popover @beforetoggle=${this.#place}>
      <p class="dim small">${words.examplesIntro}</p>
      ${
      examples(zone.date(now), zone.text(now)).map(([line, finds]) =>
        html`<button type="button" class="bare" @click=${choose(line)}><code>${line}</code>
          <span class="dim small">${finds}</span></button>`
      )
    }
    </div>`;
  }

  /** Below its button. */
  #place(event: Event): void {
    const list = event.currentTarget as HTMLElement;
    const at = this.renderRoot.querySelector<HTMLElement>("[popovertarget=examples]")!.getBoundingClientRect();
    list.style.top = `${at.bottom + 4}px`;
    list.style.right = `${Math.max(8, document.documentElement.clientWidth - at.right)}px`;
  }

  #chips(): TemplateResult | typeof nothing {
    const { line, parts } = this.understood;
    if (!line || !this.#line || !this.context.zone) return nothing;
    // Those of the line before stay until the answer is here: so nothing below them jumps.
    return html`<div ?inert=${line !== this.#line}>${
      chips(parts, this.context.zone, (index) => this.#take(without(line, parts, index)))
    }</div>`;
  }

  /** Where the fields are folded away; beside them they say it themselves. */
  #fault(): TemplateResult | typeof nothing {
    const text = this.#folded ? backwards(this.#asked) : "";
    return text ? html`<p class="fault small bad" role="alert">${text}</p>` : nothing;
  }

  get #folded(): boolean {
    return this.narrow && !this.filtersOpen;
  }

  /** By how many filters the list is narrowed: both ends of the date range are one. */
  get #filtered(): number {
    const { filters, from, to } = this.#asked;
    return [from || to, ...Object.values(filters).map((values) => values.length)].filter(Boolean).length;
  }

  #filters(): TemplateResult {
    const set = this.#filtered;
    const panel = html`
      <audit-filters .context=${this.context} .query=${this.#query} .narrow=${this.narrow}
        @daybook-query=${this.keep}></audit-filters>
    `;
    const clear = set
      ? html`<button class="plain clear" @click=${() =>
        this.#go(listing(this.#query, { from: null, to: null, staff: null, source: null }))}>${words.clearAll}</button>`
      : nothing;
    const done = this.narrow ? html`<button class="main done" @click=${this.#fold}>${words.showing}</button>` : nothing;
    return html`<aside aria-label=${words.filters} ?hidden=${this.#folded}>${panel} ${clear} ${done}</aside>`;
  }

  #fold(): void {
    this.filtersOpen = false;
    this.renderRoot.querySelector<HTMLElement>("[aria-expanded]")?.focus();
  }

  /** Where they do not stand at the left. */
  #foldButton(): TemplateResult | typeof nothing {
    if (!this.narrow) return nothing;
    const set = this.#filtered;
    return html`
      <button type="button" aria-expanded=${this.filtersOpen}
        @click=${() => this.filtersOpen = !this.filtersOpen}>${icon("filter")} ${words.filters}${set
          ? html`
            <b class="badge">${set}</b>
          `
          : nothing}</button>
    `;
  }

  #newerStrip(): TemplateResult {
    return html`<div role="status">${
      this.newer
        ? html`<button class="newer" @click=${this.#showNewer}>${icon("up", 14)} ${
          newerEntries(this.newer, LIMIT)
        }</button>`
        : nothing
    }</div>`;
  }

  #drawer(): TemplateResult | typeof nothing {
    const entry = this.#entry;
    if (!entry) return nothing;
    const steps = this.loaded?.entries.some(({ id }) => id === entry)
      ? { above: Boolean(this.#beside(-1)), below: Boolean(this.#beside(1)) }
      : null;
    return html`
      <daybook-audit-entry .context=${this.context} .entry=${entry} .steps=${steps} .line=${this.#line}
        @daybook-step=${(event: StepEvent) => this.#step(event.detail)}
        @close=${() => router.close(this.#to(undefined, changed(this.route.query, {})))}></daybook-audit-entry>
    `;
  }
}

customElements.define("console-audit", AuditPageElement);
