/** `<audit-staff-filter>`: check boxes of the people who have acted, found by name or username. */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type ApiError, isAborted, type Schemas, shown } from "../../api.ts";
import { base, controls } from "../../look.ts";
import type { Context } from "../../table/context.ts";
import { TriesAgain } from "../../table/states.ts";
import { filterLook } from "./filter-look.ts";
import { auditWords as words } from "../../words/audit.ts";

type Person = Schemas["StaffMember"];
type List = keyof typeof words.staffLists;

/** How each list is asked for. */
const LISTS: Record<List, { kind?: "staff" | "customer"; order: "last" | "name" }> = {
  recent: { kind: "staff", order: "last" },
  name: { kind: "staff", order: "name" },
  customer: { kind: "customer", order: "last" },
  everybody: { order: "last" },
};
const FIRST = 8;
const MORE = 25;
const DEBOUNCE = 250;

/** The usernames that are chosen now. */
export class StaffEvent extends CustomEvent<string[]> {
  constructor(chosen: string[]) {
    super("audit-staff", { detail: chosen });
  }
}

export class StaffFilter extends LitElement {
  static override styles = [base, controls, filterLook];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    chosen: { attribute: false },
    people: { state: true },
    next: { state: true },
    error: { state: true },
    list: { state: true },
  };

  context!: Context;
  /** Usernames, in any letter case. */
  chosen: string[] = [];

  private people: Person[] | null = null;
  private next: string | null = null;
  private error: ApiError | null = null;
  private list: List = "recent";

  #typed = "";
  #typing: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();
  /** All that were ever listed: their names are known when they are chosen and not on the list any more. */
  readonly #names = new Map<string, string>();

  constructor() {
    super();
    this.addController(new TriesAgain(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.updateComplete.then(() => this.#load());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    clearTimeout(this.#typing);
  }

  async #load(cursor?: string): Promise<void> {
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    this.error = null;
    const { daybook } = this.context;
    const query = { ...LISTS[this.list], limit: cursor ? MORE : FIRST, ...(cursor ? { cursor } : {}) };
    const q = this.#typed ? { q: this.#typed } : {};
    try {
      const page = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/audit/staff", {
          params: { path: { org: daybook.org }, query: { ...query, ...q } },
          signal,
        })
      );
      for (const { username, member_name } of page.entries) this.#names.set(username.toLowerCase(), member_name);
      this.people = cursor ? [...this.people ?? [], ...page.entries] : page.entries;
      this.next = page.next;
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  #find(event: Event): void {
    const value = (event.target as HTMLInputElement).value.trim();
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#typed = value;
      this.#load();
    }, DEBOUNCE);
  }

  #toggle(username: string): void {
    const is = this.#isChosen(username);
    const rest = this.chosen.filter((one) => one.toLowerCase() !== username.toLowerCase());
    this.dispatchEvent(new StaffEvent(is ? rest : [...rest, username]));
  }

  #isChosen(username: string): boolean {
    return this.chosen.some((one) => one.toLowerCase() === username.toLowerCase());
  }

  protected override render(): TemplateResult {
    const people = this.people ?? [];
    const listed = new Set(people.map(({ username }) => username.toLowerCase()));
    const others = this.chosen.filter((one) => !listed.has(one.toLowerCase()));
    return html`<fieldset>
      <legend>${words.staff}</legend>
      <input type="search" placeholder=${words.findStaff} aria-label=${words.findStaff} autocomplete="off"
        spellcheck="false" @input=${this.#find}>
      <select aria-label=${words.staffList} @change=${this.#other}>${
      Object.entries(words.staffLists).map(([value, text]) =>
        html`<option value=${value} ?selected=${value === this.list}>${text}</option>`
      )
    }</select>
      <div class="boxes">
        ${others.map((username) => this.#box(username, this.#names.get(username.toLowerCase())))}
        ${repeat(people, ({ username }) => username, (one) => this.#box(one.username, one.member_name, one.last_day))}
      </div>
      ${this.#below()}
    </fieldset>`;
  }

  #other(event: Event): void {
    this.list = (event.target as HTMLSelectElement).value as List;
    this.people = null;
    this.#load();
  }

  #box(username: string, name?: string, day?: string): TemplateResult {
    const last = day ? `${words.lastSeen} ${day.slice(5, 7)}/${day.slice(8)}/${day.slice(0, 4)}` : "";
    return html`<label class="box" title=${last}><input type="checkbox" .checked=${this.#isChosen(username)}
      @change=${() => this.#toggle(username)}><span><bdi>${name ?? username}</bdi>${
      name && name !== username
        ? html`
          <bdi class="dim small">${username}</bdi>
        `
        : nothing
    }</span></label>`;
  }

  #below(): TemplateResult | typeof nothing {
    if (this.error) {
      return html`<p class="small dim" role="alert">${words.staffFailed}
        <button class="bare link ${this.error.failure}" @click=${() =>
        this.#load()}>${this.context.words.retry}</button></p>`;
    }
    if (this.people && !this.people.length) return html`<p class="small dim" role="status">${words.noStaff}</p>`;
    const { next } = this;
    return next
      ? html`<button class="bare link small" @click=${() => this.#load(next)}>${words.more}</button>`
      : nothing;
  }
}

customElements.define("audit-staff-filter", StaffFilter);
