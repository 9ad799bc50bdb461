/** A list of the API as a table, or as cards where it is narrow: sorted, searched, filtered, and paged both ways. */
import { html, LitElement, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, isAborted, type Page, shown, type Understood } from "../api.ts";
import { type Exported, Exporting } from "../exports/button.ts";
import { icon } from "../icons.ts";
import { base, controls } from "../look.ts";
import { listed, noDate, noMatch } from "../words/elements.ts";
import type { Context } from "./context.ts";
import { listen } from "./keys.ts";
import { noDates } from "./no-date.ts";
import { backwards, listing, type ListQuery, narrowed, newer, older, own, page, read, sorted } from "./query.ts";
import {
  emptyState,
  failureNotice,
  failureState,
  type FailureWords,
  inputState,
  stateLook,
  TriesAgain,
} from "./states.ts";
import { tableLook } from "./table-look.ts";

export type Column<Row> = {
  key: string;
  label: string;
  /** The API's word for `sort`, where it sorts by this. */
  sort?: string;
  /** Of CSS; the column without one takes what is left. */
  width?: string;
  /** The cell that opens the row. */
  main?: boolean;
  /** Where it stands on a card; left out where it does not. */
  card?: "head" | "status" | "title" | "line";
  /** Left out of the table: only on cards. One that has a `sort` is an order to choose. */
  cardOnly?: boolean;
  cell(row: Row, context: Context): unknown;
};

export type Filter = { name: string; label: string; options: { value: string; label: string }[] };

/** What is listed, and how: everything that differs from list to list. */
export interface Definition<Row> {
  /** Names the table: "Email Log". */
  name: string;
  /** "e-mail", "e-mails". */
  noun: [string, string];
  columns: Column<Row>[];
  key(row: Row): string;
  load(context: Context, query: ListQuery, signal: AbortSignal): Promise<Page<Row>>;
  /** What can be searched for; left out where nothing can. */
  search?: string;
  /** The same in fewer words, where it is narrow. */
  brief?: string;
  /** Whether it is narrowed by days. */
  dates?: boolean;
  filters?: Filter[];
  /** Further parameters of the address that narrow the list, set by what is around it. */
  own?: string[];
  /** Asked for where the address says none; empty for an order that is not told. */
  sort: string;
  /** What is said where there is nothing at all. */
  empty: string;
  failure: FailureWords;
  /** What is exported of it, where it has a button for that. */
  exported?(query: ListQuery): Exported;
  /** Opens a row that has no address. */
  open?(row: Row): void;
  /** Whether there is more to see of a row; of each, where left out. */
  opens?(row: Row): boolean;
  href?(row: Row, context: Context): string | undefined;
  /** A line below the row, over its whole width. */
  note?(row: Row, context: Context): unknown;
  /** What stands below the rows; where there are none, in their place. */
  below?(page: Page<Row>, context: Context): TemplateResult | typeof nothing;
}

/** Tells the page around of another state, so that it can keep it in its address. */
export class QueryEvent extends CustomEvent<{ query: string; replace: boolean }> {
  constructor(query: string, replace = false) {
    super("daybook-query", { detail: { query, replace }, bubbles: true, composed: true });
  }
}

type Any = Record<string, unknown>;
const DEBOUNCE = 250;
const CARDS_BELOW = 680;

/**
 * `<daybook-table>`: for the console's own pages and the elements. It does not keep its state: whoever holds it sets
 * `query` again at the event `daybook-query`.
 */
export class DaybookTable extends LitElement {
  static override styles = [base, controls, stateLook, tableLook];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    definition: { attribute: false },
    query: {},
    rows: { state: true },
    page: { state: true },
    understood: { state: true },
    busy: { state: true },
    error: { state: true },
    narrow: { state: true },
    filtersOpen: { state: true },
  };

  context!: Context;
  definition!: Definition<Any>;
  /** Of the whole page: what is not this list's stays as it is. */
  query = "";

  private rows: Any[] | null = null;
  private page: Page<Any> = { entries: [], next: null, prev: null };
  private understood: Understood[] = [];
  private busy = false;
  private error: ApiError | null = null;
  private narrow = false;
  private filtersOpen = false;

  private get field(): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>("input[type=search]");
  }

  private get status(): HTMLElement {
    return this.renderRoot.querySelector<HTMLElement>(".count")!;
  }

  #abort: AbortController | undefined;
  #asked = "";
  #loadedAt = new Date();
  #typing: ReturnType<typeof setTimeout> | undefined;
  #focusAfter = false;
  #stopKeys = () => {};
  readonly #size = new ResizeObserver(() => this.#measure());
  readonly #exporting = new Exporting(this);

  constructor() {
    super();
    this.addController(new TriesAgain(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#measure();
    this.#size.observe(this);
    this.#stopKeys = listen(this, {
      "/": () => this.field?.focus(),
      j: () => this.#step(1),
      k: () => this.#step(-1),
      "[": () => this.#newer(),
      "]": () => this.#older(),
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#size.disconnect();
    this.#stopKeys();
    this.#abort?.abort();
    this.#stopTyping();
  }

  /** Asks again, such as after a change. */
  reload(): void {
    this.#load();
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    const other = changes.has("definition") &&
      changes.get("definition")?.name !== undefined && changes.get("definition") !== this.definition;
    if (other) this.rows = null;
    const asked = JSON.stringify(this.#query);
    const daybook = changes.get("context")?.daybook;
    if (other || asked !== this.#asked || (daybook && daybook !== this.context.daybook)) this.#load();
  }

  protected override updated(changes: PropertyValues<this>): void {
    this.#showLine(changes.has("query"));
    if (this.#focusAfter && !this.busy) {
      this.#focusAfter = false;
      this.status.focus({ preventScroll: true });
      // The list itself is mostly higher than the window.
      this.renderRoot.querySelector(".tools, thead, li")?.scrollIntoView({ block: "nearest" });
    }
  }

  /** Not while somebody types, and a space at the end of what they have typed stays. */
  #showLine(moved: boolean): void {
    const { field } = this;
    if (!field || this.#typing !== undefined) return;
    const line = this.#query.q ?? "";
    const focused = this.shadowRoot?.activeElement === field;
    if (!focused || (moved && field.value.trim() !== line)) field.value = line;
  }

  get #query(): ListQuery {
    return read(this.query, this.#filters);
  }

  get #filters(): string[] {
    return [...(this.definition.filters ?? []).map((filter) => filter.name), ...(this.definition.own ?? [])];
  }

  async #load(): Promise<void> {
    const query = this.#query;
    this.#asked = JSON.stringify(query);
    this.#abort?.abort();
    const abort = this.#abort = new AbortController();
    this.busy = true;
    try {
      const page = await this.definition.load(this.context, query, abort.signal);
      if (abort.signal.aborted) return;
      this.rows = page.entries;
      this.page = page;
      this.understood = page.understood ?? [];
      this.error = null;
      this.#loadedAt = new Date();
      this.dispatchEvent(new CustomEvent("daybook-loaded", { detail: page }));
    } catch (error) {
      if (isAborted(error) || abort.signal.aborted) return;
      this.error = shown(error);
      if (this.error.failure === "denied") this.#tellDenied();
    }
    this.busy = false;
  }

  #tellDenied(): void {
    this.dispatchEvent(
      new CustomEvent("daybook-denied", { detail: { what: this.definition.name }, bubbles: true, composed: true }),
    );
  }

  #change(query: string, replace = false): void {
    this.dispatchEvent(new QueryEvent(query, replace));
  }

  // -- what the person does

  #typed(event: Event): void {
    const value = (event.target as HTMLInputElement).value;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#search(value), DEBOUNCE);
  }

  #stopTyping(): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
  }

  #search(value: string): void {
    this.#stopTyping();
    if (value.trim() === (this.#query.q ?? "")) return;
    this.#change(listing(this.query, { q: value.trim() }), true);
  }

  #searchTyped(): void {
    if (this.#typing !== undefined && this.field) this.#search(this.field.value);
  }

  #clear(): void {
    if (this.field) this.field.value = "";
    this.#stopTyping();
    const names = own(this.#filters).filter((name) => this.error || (name !== "sort" && name !== "order"));
    this.#change(listing(this.query, Object.fromEntries(names.map((name) => [name, null]))));
    this.field?.focus();
  }

  #set(name: string, value: string): void {
    this.#change(listing(this.query, { [name]: value }));
  }

  #sort(key: string): void {
    this.#change(sorted(this.query, key, this.#order));
  }

  get #order(): { sort: string; order: "asc" | "desc" } {
    return { sort: this.#query.sort ?? this.definition.sort, order: this.#query.order ?? "desc" };
  }

  #older(): void {
    if (!this.page.next || this.busy) return;
    this.#focusAfter = true;
    this.#change(older(this.query, this.page.next));
  }

  #newer(): void {
    if (!this.page.prev || this.busy) return;
    this.#focusAfter = true;
    this.#change(newer(this.query, this.page.prev));
  }

  #step(by: number): void {
    const rows = [...this.renderRoot.querySelectorAll<HTMLElement>(".opens")];
    const at = rows.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  /** A click beside the link of the row. */
  #rowClicked(event: MouseEvent, row: HTMLElement): void {
    const inside = event.composedPath();
    const own = inside.slice(0, inside.indexOf(row));
    const handled = own.some((node) =>
      node instanceof Element && node.matches("a, button, input, summary, label, details")
    );
    if (handled || getSelection()?.toString()) return;
    const link = row.querySelector<HTMLElement>(".opens");
    link?.dispatchEvent(
      new MouseEvent("click", {
        bubbles: true,
        composed: true,
        cancelable: true,
        ctrlKey: event.ctrlKey,
        metaKey: event.metaKey,
      }),
    );
  }

  #measure(): void {
    const width = this.getBoundingClientRect().width;
    if (width) this.narrow = width < CARDS_BELOW;
  }

  // -- what the person sees

  protected override render(): TemplateResult {
    const denied = this.error?.failure === "denied";
    const exported = this.#exported;
    return html`
      ${denied ? nothing : this.#tools()} ${exported ? this.#exporting.panel(this.context, exported) : nothing}
      ${this.#notice()}
      <div class="progress" ?hidden=${!this.busy || !this.rows}></div>
      <div class="region" aria-busy=${this.busy}>${this.#content()}</div>
      ${this.rows?.length || this.page.prev ? this.#foot() : html`<p class="count unseen" role="status"></p>`}
    `;
  }

  #tools(): TemplateResult | typeof nothing {
    const { search, dates, filters = [] } = this.definition;
    if (!search && !dates && !filters.length) return nothing;
    const set = narrowed(this.#query);
    const some = dates || filters.length > 0 || (this.narrow && this.#sorts.length > 0);
    const folded = this.narrow && (dates || filters.length || this.#sorts.length > 1);
    const exported = this.#exported;
    const button = exported ? this.#exporting.button(this.context, exported, () => this.#searchTyped()) : nothing;
    return html`<div class="tools" role="search" aria-label=${this.definition.name}>
      ${search ? this.#searchField(search) : nothing} ${
      folded
        ? html`
          <button aria-expanded=${this.filtersOpen} aria-controls="filters"
            @click=${() => this.filtersOpen = !this.filtersOpen}>
                    ${icon("filter")} ${this.context.words.filters}${set.filters
                      ? html`
                        <b>${set.filters}</b>
                      `
                      : nothing}
                  </button>
        `
        : nothing
    }
      ${this.narrow ? button : nothing}
      <div id="filters" class="filters" ?hidden=${(folded && !this.filtersOpen) || !some}>
        ${dates ? this.#dates() : nothing} ${filters.map((filter) => this.#filter(filter))} ${
      this.narrow || this.#hasMoreSorts ? this.#sortSelect() : nothing
    }
      </div>
      ${this.narrow ? nothing : button} ${this.#fault()} ${this.#reading()}
    </div>`;
  }

  get #exported(): Exported | undefined {
    return this.definition.exported?.(this.#query);
  }

  #searchField(placeholder: string): TemplateResult {
    return html`<label class="search">
      ${icon("search")}<span class="unseen">${this.context.words.search}</span>
      <input type="search" placeholder=${
      (this.narrow && this.definition.brief) || placeholder
    } aria-label=${placeholder} autocomplete="off" spellcheck="false"
        enterkeyhint="search" maxlength="400" @input=${this.#typed}
        @keydown=${(event: KeyboardEvent) =>
      event.key === "Enter" && this.#search((event.target as HTMLInputElement).value)}>
    </label>`;
  }

  #dates(): TemplateResult {
    const { words } = this.context;
    const day = (name: "from" | "to", label: string) =>
      html`<label class="field"><span>${label}</span><input type="date" .value=${this.#query[name] ?? ""}
        @change=${(event: Event) => this.#set(name, (event.target as HTMLInputElement).value)}></label>`;
    return html`${day("from", words.from)} ${day("to", words.to)}`;
  }

  #filter(filter: Filter): TemplateResult {
    const now = this.#query.filters[filter.name]?.join(",") ?? "";
    return html`<label class="field"><span>${filter.label}</span>
      <select @change=${(event: Event) => this.#set(filter.name, (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${!now}>${this.context.words.any}</option>
        ${
      filter.options.map((option) =>
        html`<option value=${option.value} ?selected=${option.value === now}>${option.label}</option>`
      )
    }
      </select></label>`;
  }

  get #sorts(): { sort: string; label: string }[] {
    return this.definition.columns.flatMap(({ sort, label }) => (sort ? [{ sort, label }] : []));
  }

  /** Whether there is an order that no column's head gives. */
  get #hasMoreSorts(): boolean {
    return this.definition.columns.some(({ cardOnly, sort }) => cardOnly && sort);
  }

  #sortSelect(): TemplateResult | typeof nothing {
    if (!this.#sorts.length) return nothing;
    const { sort, order } = this.#order;
    const { words } = this.context;
    return html`<label class="field"><span>${words.sortBy}</span>
      <select @change=${(event: Event) => {
      const [key = "", to = ""] = (event.target as HTMLSelectElement).value.split(" ");
      this.#change(listing(this.query, { sort: key, order: to }));
    }}>
        ${
      this.#sorts.flatMap(({ sort: key, label }) =>
        ["desc", "asc"].map((to) =>
          html`<option value="${key} ${to}" ?selected=${key === sort && to === order}>
          ${label}, ${orderWords(key, to, words)}</option>`
        )
      )
    }
      </select></label>`;
  }

  #fault(): TemplateResult | typeof nothing {
    const text = this.definition.dates ? backwards(this.#query) : "";
    return text ? html`<p class="reading small bad" role="alert">${text}</p>` : nothing;
  }

  /** How the API read the dates and fields of the line: only where that is not plain to see. */
  #reading(): TemplateResult | typeof nothing {
    const read = this.understood.filter((term) => term.kind !== "word" || term.field);
    const wrong = noDates(this.understood);
    // Those of the search before would stand beside one that failed.
    if (!(read.length || wrong.length) || !this.#query.q || !this.context.zone || this.error) return nothing;
    return html`<p class="reading small dim">${read.length ? this.context.words.understood : nothing}
      ${read.map((term) => html`<span class="chip">${reading(term, this.context)}</span>`)}
      ${wrong.map((text) => html`<span>${noDate(text)}</span>`)}</p>`;
  }

  #notice(): TemplateResult | typeof nothing {
    const { error } = this;
    if (!error || !this.rows || !this.context.zone || error.failure === "denied") return nothing;
    if (error.status === 422 || error.code === "invalid_cursor") return nothing;
    const since = `${this.context.words.asOf} ${this.context.zone.clock(this.#loadedAt)}.`;
    const { what } = this.definition.failure;
    return failureNotice(error, this.context.words, what, since, () => this.#load(), this.#hasTyped);
  }

  get #hasTyped(): boolean {
    return this.#query.q !== undefined;
  }

  #content(): TemplateResult {
    const { words } = this.context;
    const { error } = this;
    if (error?.code === "invalid_cursor") {
      const first = () => this.#change(listing(this.query, {}));
      return inputState(error, words.outdated, html`<button @click=${first}>${words.firstPage}</button>`);
    }
    if (error?.status === 422) {
      const clear = html`<button @click=${this.#clear}>${words.clearSearch}</button>`;
      return inputState(error, words.notUnderstood, clear, Boolean(backwards(this.#query)));
    }
    if (error && (!this.rows || error.failure === "denied")) {
      return failureState(error, words, this.definition.failure, () => this.#load(), this.#hasTyped);
    }
    if (!this.rows || !this.context.zone) return this.#skeleton();
    if (!this.rows.length && !this.busy) return this.#nothing();
    return html`${this.narrow ? this.#cards(this.rows) : this.#table(this.rows)}
      ${this.definition.below?.(this.page, this.context) ?? nothing}`;
  }

  #nothing(): TemplateResult {
    const { words } = this.context;
    const { search, filters } = narrowed(this.#query);
    if (this.definition.below) return html`${this.definition.below(this.page, this.context)}`;
    if (this.page.next) {
      return emptyState(words.stoppedHere, html`<button @click=${this.#older}>${words.goOn}</button>`);
    }
    if (!search && !filters) return emptyState(this.definition.empty);
    const text = noMatch(this.definition.noun[1], this.#query.q ?? "");
    return emptyState(text, html`<button @click=${this.#clear}>${words.clearSearch}</button>`);
  }

  #table(rows: Any[]): TemplateResult {
    const { name, note } = this.definition;
    const columns = this.#columns;
    return html`<table class=${this.error ? "old" : ""}>
      <caption class="unseen">${name}</caption>
      ${this.#cols()}
      <thead><tr>${columns.map((column) => this.#head(column))}</tr></thead>
      <tbody>${
      rows.map((row) =>
        html`
          <tr @click=${(event: MouseEvent) => this.#rowClicked(event, event.currentTarget as HTMLElement)}
            class=${this.#opens(row) ? "link" : ""}>
                    ${columns.map((column) => html`<td>${this.#cell(column, row)}</td>`)}
                  </tr>${note?.(row, this.context) ?? nothing}
        `
      )
    }</tbody>
    </table>`;
  }

  get #columns(): Column<Any>[] {
    return this.definition.columns.filter(({ cardOnly }) => !cardOnly);
  }

  #cols(): TemplateResult {
    return html`<colgroup>${
      this.#columns.map(({ width }) => html`<col .style=${width ? `width:${width}` : ""}>`)
    }</colgroup>`;
  }

  #head(column: Column<Any>): TemplateResult {
    const { zone, words } = this.context;
    const label = html`${column.label}${
      column.card === "head" && zone
        ? html`
          <span class="zone">(${zone.short})</span>
        `
        : nothing
    }`;
    if (!column.sort) return html`<th scope="col">${label}</th>`;
    const { sort, order } = this.#order;
    const on = sort === column.sort;
    return html`<th scope="col" aria-sort=${on ? (order === "asc" ? "ascending" : "descending") : "none"}>
      <button class="bare sort ${on ? "on" : ""}" title="${words.sortBy} ${column.label}"
        @click=${() => this.#sort(column.sort ?? "")}>
        <span>${label}</span>${icon(on && order === "asc" ? "up" : "down", 12)}
      </button></th>`;
  }

  #opens(row: Any): boolean {
    const { open, opens, href } = this.definition;
    return (opens?.(row) ?? true) && Boolean(open || href?.(row, this.context));
  }

  #cell(column: Column<Any>, row: Any): unknown {
    const inner = column.cell(row, this.context);
    if (!column.main || !this.#opens(row)) return inner;
    const to = this.definition.href?.(row, this.context);
    return to
      ? html`<a class="opens" href=${to}>${inner}</a>`
      : html`<button class="bare opens" @click=${() => this.definition.open?.(row)}>${inner}</button>`;
  }

  #cards(rows: Any[]): TemplateResult {
    const at = (row: Any, place: Column<Any>["card"]) =>
      this.definition.columns.filter((column) => column.card === place).map((column) => this.#cell(column, row));
    return html`<ul class="cards ${this.error ? "old" : ""}" aria-label=${this.definition.name}>
      ${
      rows.map((row) =>
        html`<li @click=${(event: MouseEvent) => this.#rowClicked(event, event.currentTarget as HTMLElement)}>
          <div class="top"><span class="dim">${at(row, "head")}</span><span>${at(row, "status")}</span></div>
          <div class="title">${at(row, "title")}</div>
          ${at(row, "line").map((line) => html`<div class="line">${line}</div>`)}
        </li>`
      )
    }
    </ul>`;
  }

  #skeleton(): TemplateResult {
    const bars = this.narrow ? 6 : 12;
    return html`<div class="skeleton ${this.narrow ? "tall" : ""}" role="status">
      <span class="unseen">${this.context.words.loading}</span>
      ${Array.from({ length: bars }, () => html`<div><i></i><i></i><i></i></div>`)}
    </div>`;
  }

  #foot(): TemplateResult {
    const { words } = this.context;
    const { sort, order } = this.#order;
    const now = page(this.query);
    const text = listed(this.rows?.length ?? 0, ...this.definition.noun, orderWords(sort, order, words));
    return html`<div class="foot">
      <p class="count dim" role="status" tabindex="-1">${text}${now > 1 ? `, page ${now}` : ""}</p>
      ${
      this.page.prev || this.page.next
        ? html`
          <div class="pages">
            <button ?disabled=${!this.page.prev} @click=${this.#newer}>${icon("left")} ${this.#pageWord(
              words.newer,
            )}</button>
            <button ?disabled=${!this.page.next} @click=${this.#older}>${this.#pageWord(words.older)} ${icon(
              "right",
            )}</button>
          </div>
        `
        : nothing
    }
    </div>`;
  }

  /** "Older" is wrong for a list by recipient, or one that begins with the oldest. */
  #pageWord(word: string): string {
    const { sort, order } = this.#order;
    const { words } = this.context;
    if (order === "desc" && (sort === "date" || sort === "sent")) return word;
    return word === words.newer ? words.previous : words.next;
  }
}

function orderWords(sort: string, order: string, words: Context["words"]): string {
  if (!sort) return "";
  if (sort === "date" || sort === "sent") return order === "asc" ? words.oldest : words.newest;
  return order === "asc" ? words.ascending : words.descending;
}

function reading(term: Understood, { zone, words }: Context): string {
  if (term.kind === "ignored") return `${words.ignored} ${term.text}`;
  if (term.kind === "excluded") return `${words.without} ${term.text}`;
  if (term.kind !== "date" || !term.from || !zone) return term.text;
  const whole = term.to && new Date(term.to).getTime() - new Date(term.from).getTime() >= 23 * 3_600_000;
  return `${words.on} ${whole ? zone.date(term.from) : zone.text(term.from)}`;
}

customElements.define("daybook-table", DaybookTable);
