/** `<console-place-hold>`: finds a record, asks for the reason, and places a hold. */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { type ApiError, isAborted, type Schemas, shown } from "../../api.ts";
import { typeName } from "../../elements/logs.ts";
import { dialogs } from "../../dialog-look.ts";
import { base, controls } from "../../look.ts";
import type { Context } from "../../table/context.ts";
import { stateLook } from "../../table/states.ts";
import { problem } from "../../table/problem.ts";
import { Unsaved } from "../unsaved.ts";
import { words } from "./words.ts";

type Found = Schemas["FoundRecord"];

const DEBOUNCE = 250;
const OFFERED = 8;

/** The hold is placed; `name` is what to call the record. */
export class PlacedEvent extends CustomEvent<{ name: string }> {
  constructor(name: string) {
    super("console-placed", { detail: { name } });
  }
}

class PlaceHold extends LitElement {
  static override styles = [
    base,
    controls,
    dialogs,
    stateLook,
    css`
      .field {
        display: grid;
        gap: 4px;
      }
      .found button {
        width: 100%;
        min-height: 40px;
        padding: 4px 8px;
        border-radius: var(--radius);
        justify-content: space-between;
        gap: 12px;
      }
      .found button:hover {
        background: var(--soft);
      }
      .chosen {
        display: flex;
        justify-content: space-between;
        align-items: center;
        gap: 12px;
        padding: 4px 4px 4px 12px;
        border: 1px solid var(--accent);
        border-radius: var(--radius);
        background: color-mix(in srgb, var(--accent) 6%, var(--paper));
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    found: { state: true },
    chosen: { state: true },
    asked: { state: true },
    busy: { state: true },
    error: { state: true },
    reason: { state: true },
  };

  context!: Context;

  /** Null until something was looked for. */
  private found: Found[] | null = null;
  private chosen: Found | null = null;
  private asked = false;
  private busy = false;
  private error: ApiError | null = null;
  private reason = "";

  #abort = new AbortController();
  #typing: ReturnType<typeof setTimeout> | undefined;
  readonly #unsaved = new Unsaved(this, () => Boolean(this.reason.trim()));

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  private get field(): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>("#record");
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    clearTimeout(this.#typing);
  }

  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#find(), DEBOUNCE);
  }

  /** Who may place holds need not read any log: they write the type and the id. */
  async #find(): Promise<void> {
    const q = this.field?.value.trim() ?? "";
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    if (!q) {
      this.found = null;
      return;
    }
    const { daybook } = this.context;
    try {
      const params = { path: { org: daybook.org }, query: { q, limit: OFFERED } };
      const { entries } = await daybook.ask((client) => client.GET("/v1/orgs/{org}/records", { params, signal }));
      this.found = entries;
    } catch (error) {
      if (isAborted(error)) return;
      const failed = shown(error);
      this.found = [];
      if (failed.failure !== "denied") this.error = failed;
    }
  }

  /** A type and an id as they are written, where no record was chosen. */
  get #written(): Found | null {
    const [, type, id] = /^([A-Za-z][\w.:-]*)\/(\S+)$/.exec(this.field?.value.trim() ?? "") ?? [];
    return type && id ? { type, id } : null;
  }

  async #choose(record: Found | null): Promise<void> {
    this.chosen = record;
    this.found = null;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(record ? "#reason" : "#record")?.focus();
  }

  /** What was typed is not thrown away by a key: "Cancel" says that it is. */
  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (this.#unsaved.leaves()) this.dialog.close();
  }

  /** The gesture by which a phone closes what is in front. */
  #cancelled(event: Event): void {
    if (event.target === this.dialog && !this.#unsaved.leaves()) event.preventDefault();
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (this.busy) return;
    this.asked = true;
    const record = this.chosen ?? this.#written;
    if (!record) this.field?.focus();
    else if (!this.reason.trim()) this.renderRoot.querySelector<HTMLElement>("#reason")?.focus();
    else this.#place(record);
  }

  async #place(record: Found): Promise<void> {
    const { daybook } = this.context;
    this.busy = true;
    this.error = null;
    try {
      await daybook.ask((client) =>
        client.PUT("/v1/orgs/{org}/holds/{type}/{id}", {
          params: { path: { org: daybook.org, type: record.type, id: record.id } },
          body: { reason: this.reason.trim() },
        })
      );
      this.dispatchEvent(new PlacedEvent(record.name ?? `${record.type}/${record.id}`));
      this.dialog.close();
    } catch (error) {
      this.error = shown(error);
    }
    this.busy = false;
  }

  protected override render(): TemplateResult {
    const noReason = this.asked && !this.reason.trim();
    return html`
      <dialog class="narrow" aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("close"))}
        @keydown=${this.#key} @cancel=${this.#cancelled}>
        <form @submit=${this.#submit} novalidate>
          <header>
            <h2 id="title">${words.placeTitle}</h2>
          </header>
          <div class="body">
            ${this.chosen ? this.#chosen(this.chosen) : this.#finder()}
            <div class="field">
              <label for="reason"><b>${words.reason}</b></label>
              <textarea id="reason" rows="3" maxlength="1000" aria-invalid=${noReason} aria-describedby="hint"
                @input=${(event: Event) => this.reason = (event.target as HTMLTextAreaElement).value}></textarea>
              <p id="hint" class="small ${noReason ? "bad" : "dim"}">${noReason
                ? words.reasonMissing
                : words.reasonHint}</p>
            </div>
            ${this.error ? problem(this.error, this.context.words, words.notPlaced) : nothing}
          </div>
          <footer>
            <button type="button" @click=${() => this.dialog.close()}>${words.cancel}</button>
            <button class="main" aria-disabled=${this.busy}>${words.placeButton}</button>
          </footer>
        </form>
      </dialog>
    `;
  }

  #chosen({ type, id, name }: Found): TemplateResult {
    return html`<div class="field"><b>${words.find}</b>
      <div class="chosen"><span>${name ?? id} <span class="dim">${typeName(type)} ${id}</span></span>
        <button type="button" class="plain" @click=${() => this.#choose(null)}>${words.other}</button></div>
    </div>`;
  }

  #finder(): TemplateResult {
    const missing = this.asked && !this.#written;
    return html`<div class="field">
      <label for="record"><b>${words.find}</b></label>
      <input id="record" type="search" autocomplete="off" spellcheck="false" maxlength="256" autofocus
        aria-invalid=${missing} aria-describedby="record-hint" @input=${this.#typed}>
      <p id="record-hint" class="small ${missing ? "bad" : "dim"}" role="status">${
      missing ? words.findMissing : this.found?.length === 0 ? words.findNothing : words.findHint
    }</p>
      ${
      this.found?.length
        ? html`<ul class="found">${
          this.found.map((one) =>
            html`<li><button type="button" class="bare" @click=${() => this.#choose(one)}>
              <span>${one.name ?? one.id}</span><span class="dim">${typeName(one.type)} ${one.id}</span></button></li>`
          )
        }</ul>`
        : nothing
    }
    </div>`;
  }
}

customElements.define("console-place-hold", PlaceHold);
