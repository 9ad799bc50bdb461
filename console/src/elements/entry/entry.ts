/** `<daybook-audit-entry>`: one entry of the audit log in a drawer, with the records that it affected. */
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type ApiError, isAborted, type Schemas, shown } from "../../api.ts";
import { icon } from "../../icons.ts";
import { Backdrop, dialogs, GivesFocusBack } from "../../dialog-look.ts";
import { denied, permissions, sources } from "../../words/elements.ts";
import type { Context } from "../../table/context.ts";
import { listen } from "../../table/keys.ts";
import { failureState } from "../../table/states.ts";
import { DaybookElement } from "../base.ts";
import { time } from "../logs.ts";
import { type Affected, affectedRecord, meant, type Offer } from "./affected.ts";
import { entryLook } from "./entry-look.ts";
import { type Field, termOf } from "./terms.ts";
import { ValueMenu } from "./value-menu.ts";
import { entryWords as own, filtered, records } from "../../words/entry.ts";

type Entry = Schemas["OrgAuditEntry"];

/** So many records are shown at first, and from so many on there is a field to filter them. */
const FIRST = 10;
const FILTERED_FROM = 18;
/** Milliseconds before and after an entry that belong to "around this time". */
const AROUND = 5 * 60_000;

/** Asks the page around for the entry above or below. */
export class StepEvent extends CustomEvent<number> {
  constructor(by: number) {
    super("daybook-step", { detail: by });
  }
}

export class AuditEntry extends DaybookElement {
  static override styles = [...DaybookElement.styles, dialogs, entryLook];

  static override properties: PropertyDeclarations = {
    entry: {},
    steps: { attribute: false },
    line: { attribute: false },
    row: { state: true },
    error: { state: true },
    typed: { state: true },
    all: { state: true },
    copied: { state: true },
  };

  /** Its id. */
  entry = "";
  /** Whether there is an entry above and below, in the list around; null without a list. */
  steps: { above: boolean; below: boolean } | null = null;
  /** The search line of the list around. */
  line: string | null = null;

  private row: Entry | null = null;
  private error: ApiError | null = null;
  private typed = "";
  private all = false;
  private copied = false;

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  #abort = new AbortController();
  readonly #backdrop = new Backdrop();
  #stopKeys = () => {};

  constructor() {
    super();
    new GivesFocusBack(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    this.#stopKeys();
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
    this.#stopKeys = listen(this.dialog, {
      j: () => this.#step(1),
      k: () => this.#step(-1),
      c: () => this.#copy(),
    });
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    if (changes.has("entry") && this.shared) this.#load(this.shared);
  }

  async #load({ daybook }: Context): Promise<void> {
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    Object.assign(this, { row: null, error: null, typed: "", all: false, copied: false });
    const params = { path: { org: daybook.org, entry: this.entry } };
    try {
      this.row = await daybook.ask((client) => client.GET("/v1/orgs/{org}/audit/{entry}", { params, signal }));
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  #step(by: number): void {
    if (by < 0 ? this.steps?.above : this.steps?.below) this.dispatchEvent(new StepEvent(by));
  }

  async #copy(): Promise<void> {
    const to = this.shared?.links.entry?.(this.entry);
    if (!to) return;
    await navigator.clipboard.writeText(new URL(to, location.href).href);
    this.copied = true;
  }

  readonly #offer: Offer = (event, value) => {
    const menu = this.renderRoot.querySelector("daybook-value-menu");
    if (menu instanceof ValueMenu) menu.open(event.currentTarget as HTMLElement, value);
  };

  protected override content(context: Context): TemplateResult {
    return html`
      <dialog class="drawer" aria-label=${own.entry} @close=${() => this.dispatchEvent(new Event("close"))}
        @pointerdown=${this.#backdrop.down} @click=${this.#backdrop.click}>
        ${this.#bar(context)}
        <div class="body">${this.#body(context)}</div>
        <daybook-value-menu .context=${context} .line=${this.line}></daybook-value-menu>
      </dialog>
    `;
  }

  #bar({ words, links }: Context): TemplateResult {
    return html`
      <header>
        <p class="dim small">${own.entry}</p>
        <div class="mark">
              ${this.steps
                ? html`${this.#stepButton(-1, this.steps.above)}${this.#stepButton(1, this.steps.below)}`
                : nothing}
              ${links.entry
                ? html`<button class="plain copy" aria-label=${words.copyLink} @click=${() => this.#copy()}>${
                  icon("link")
                }
          <span aria-live="polite">${this.copied ? words.copied : words.copyLink}</span></button>`
                : nothing}
              <button class="plain" autofocus @click=${() => this.dialog.close()}>${icon("close")} ${own.close}</button>
            </div>
      </header>
    `;
  }

  #stepButton(by: number, enabled: boolean): TemplateResult {
    const text = by < 0 ? own.previous : own.next;
    return html`
      <button class="plain icon-only" aria-label=${text} title="${text} (${by < 0 ? "k" : "j"})"
        aria-disabled=${!enabled} @click=${() => this.#step(by)}>${icon(by < 0 ? "up" : "down")}</button>
    `;
  }

  #body(context: Context): TemplateResult {
    const { words } = context;
    if (this.error) {
      const say = {
        what: own.theEntry,
        denied: denied("the audit log", permissions.audit_log),
        missing: own.missing,
      };
      return failureState(this.error, words, say, () => this.#load(context));
    }
    if (!this.row || !context.zone) {
      return html`<div class="skeleton tall" role="status"><span class="unseen">${words.loading}</span>
        ${Array.from({ length: 5 }, () => html`<div><i></i><i></i><i></i></div>`)}</div>`;
    }
    return html`${this.#head(this.row, context)} ${this.#records(this.row, context)}`;
  }

  #head(row: Entry, context: Context): TemplateResult {
    const { words, links } = context;
    const at = Date.parse(row.occurred_at);
    const instant = (by: number) => new Date(at + by).toISOString();
    const value = (field: Field, text: string, term = text) =>
      html`<button class="bare value" @click=${(event: Event) =>
        this.#offer(event, { text, term: termOf(field, term) })}>
        ${text}</button>`;
    return html`
      ${row.erased_at
        ? html`<h2>${words.erased}</h2>`
        : html`<h2><bdi>${row.member_name}</bdi> <bdi>${row.action}</bdi></h2>`}
      <dl class="facts">
        <div><dt>${own.at} (${context.zone?.short})</dt><dd>${time(row.occurred_at, context)}</dd></div>
        <div><dt>${words.username}</dt><dd>${value("username", row.username)}</dd></div>
        <div><dt>${words.source}</dt><dd>${value("source", sources[row.source], row.source)}</dd></div>
        ${row.ip
          ? html`
            <div>
              <dt>${words.ip}</dt>
              <dd class="number">${value("ip", row.ip)}</dd>
            </div>
          `
          : nothing}
        ${row.expires_at
          ? html`
            <div>
              <dt>${own.keptUntil}</dt>
              <dd>${context.zone?.date(row.expires_at)}</dd>
            </div>
          `
          : nothing}
      </dl>
      ${links.audit
        ? html`<a class="button around" href=${links.audit({ from: instant(-AROUND), to: instant(AROUND) })}>
          ${icon("wait")} ${own.around}</a>`
        : nothing}
    `;
  }

  #records(row: Entry, context: Context): TemplateResult {
    const { affected } = row;
    if (!affected.length) return html`<p class="dim">${own.none}</p>`;
    const found = this.typed.trim() ? affected.filter((one) => meant(one, this.typed)) : affected;
    const shown = this.typed.trim() || this.all || affected.length <= FIRST + 2 ? found : found.slice(0, FIRST);
    const text = this.typed.trim() ? filtered(found.length, affected.length) : records(affected.length);
    return html`
      <div>
        <div class="records-head">
          <h3 class="mark">${icon("book")} ${own.affected} <span class="dim small" role="status">${text}</span></h3>
          ${affected.length >= FILTERED_FROM
            ? html`
              <input type="search" placeholder=${own.filter} aria-label=${own.filter} autocomplete="off"
                spellcheck="false" .value=${this.typed}
                @input=${(event: Event) => this.typed = (event.target as HTMLInputElement).value}>
            `
            : nothing}
        </div>
        <div class="records">
          ${repeat(shown, (one: Affected) => affected.indexOf(one), (one) => affectedRecord(one, context, this.#offer))}
        </div>
        ${shown.length < found.length
          ? html`<button class="all" @click=${() => this.all = true}>Show all ${affected.length}</button>`
          : nothing}
      </div>
    `;
  }
}

customElements.define("daybook-audit-entry", AuditEntry);
