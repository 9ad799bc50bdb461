/** `<daybook-export-dialog>`: says what is exported, asks in which form, and begins it. */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { type ApiError, shown } from "../api.ts";
import { Backdrop, choices, dialogs } from "../dialog-look.ts";
import { base, controls } from "../look.ts";
import type { Context } from "../table/context.ts";
import { stateLook } from "../table/states.ts";
import { exportTitle, type ExportWords, exportWords, listName, narrowedBy } from "../words/exports.ts";
import type { Words } from "../words/elements.ts";
import type { Exported } from "./button.ts";
import { type Form, isAudit, isBySending, orderOf, queryOf } from "./order.ts";
import { refusal } from "./refusal.ts";
import { runningOf } from "./running.ts";

class ExportDialog extends LitElement {
  static override styles = [
    base,
    controls,
    dialogs,
    choices,
    stateLook,
    css`
      legend {
        font-weight: 600;
        padding-bottom: 6px;
      }
      .choice small {
        display: block;
        font-size: 13px;
        color: var(--dim);
      }
      .found {
        margin-top: 6px;
        padding-inline-start: 18px;
        list-style: disc;
        overflow-wrap: anywhere;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    exported: { attribute: false },
    form: { state: true },
    busy: { state: true },
    error: { state: true },
  };

  context!: Context;
  exported!: Exported;

  private form: Form = { format: "csv", changes: false };
  private busy = false;
  private error: ApiError | null = null;

  readonly #backdrop = new Backdrop();

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await runningOf(this.context.daybook).begin(orderOf(this.exported, this.form));
      this.dialog.close();
    } catch (error) {
      this.error = shown(error);
    }
    this.busy = false;
  }

  protected override render(): TemplateResult {
    const say = exportWords(this.context.words);
    const { form } = this;
    return html`
      <dialog class="narrow" aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("close"))}
        @pointerdown=${this.#backdrop.down} @click=${this.#backdrop.click}>
        <form @submit=${this.#submit}>
          <header>
            <h2 id="title">${exportTitle(listName({ list: this.exported.list, query: this.#query }, say))}</h2>
          </header>
          <div class="body">
            ${this.#what(say)}
            <fieldset>
              <legend>${say.exportFormat}</legend>
              ${this.#choice(
                "format",
                say.exportCsv,
                say.exportCsvWhat,
                form.format === "csv",
                () => this.form = { ...form, format: "csv" },
              )}
              ${this.#choice(
                "format",
                say.exportJson,
                say.exportJsonWhat,
                form.format === "jsonl",
                () => this.form = { ...form, format: "jsonl" },
              )}
            </fieldset>
            ${isAudit(this.exported.list) && form.format === "csv" ? this.#rows(say) : nothing}
            ${isBySending(this.exported) ? html`<p class="small dim">${say.exportBySending}</p>` : nothing}
            <p class="small dim">${say.exportRecorded}</p>
            ${this.error ? refusal(this.error, say, say.exportNotBegun) : nothing}
          </div>
          <footer>
            <button type="button" @click=${() => this.dialog.close()}>${say.cancel}</button>
            <button class="main" aria-disabled=${this.busy}>${say.exportBegin}</button>
          </footer>
        </form>
      </dialog>
    `;
  }

  get #query(): Record<string, string | string[]> {
    return queryOf(this.exported);
  }

  #what(say: Words & ExportWords): TemplateResult {
    const { zone } = this.context;
    const lines = zone ? narrowedBy({ list: this.exported.list, query: this.#query }, say, zone) : [];
    if (!lines.length) return html`<p>${say.exportWhole}</p>`;
    return html`
      <div>
        <p>${say.exportFound}</p>
        <ul class="found">${lines.map((line) => html`<li>${line}</li>`)}</ul>
      </div>
    `;
  }

  #rows(say: ExportWords): TemplateResult {
    const { form } = this;
    return html`<fieldset>
      <legend>${say.exportRows}</legend>
      ${
      this.#choice("rows", say.exportEntries, say.exportEntriesWhat, !form.changes, () =>
        this.form = { ...form, changes: false })
    }
      ${
      this.#choice("rows", say.exportChanges, say.exportChangesWhat, form.changes, () =>
        this.form = { ...form, changes: true })
    }
    </fieldset>`;
  }

  #choice(name: string, text: string, what: string, checked: boolean, choose: () => void): TemplateResult {
    return html`<label class="choice"><input type="radio" name=${name} .checked=${checked} @change=${choose}>
      <span>${text}<small>${what}</small></span></label>`;
  }
}

customElements.define("daybook-export-dialog", ExportDialog);
