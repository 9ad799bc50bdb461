/** `<daybook-export>`: begins exports of a list, and shows how far those are that were begun here. */
import {
  css,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { type ApiError, shown } from "../api.ts";
import { icon } from "../icons.ts";
import { base, controls } from "../look.ts";
import type { Context } from "../table/context.ts";
import { problem } from "../table/problem.ts";
import { stateLook } from "../table/states.ts";
import {
  exporting,
  type ExportWords,
  exportWords,
  formatName,
  listName,
  progress,
  ready,
  state,
  why,
} from "../words/exports.ts";
import type { Words } from "../words/elements.ts";
import type { Exported } from "./button.ts";
import "./dialog.ts";
import { download, type Export, type Followed, type Running, runningOf } from "./running.ts";

const LOOK: Record<Export["status"], string> = { running: "", done: "good", failed: "bad", expired: "warn" };

class ExportPanel extends LitElement {
  static override styles = [
    base,
    controls,
    stateLook,
    css`
      .export {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        justify-content: space-between;
        margin-block: 12px;
      }
      .what {
        flex: 1 1 20em;
        min-width: 0;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
      }
      progress {
        width: 100%;
        height: 6px;
        accent-color: var(--accent);
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    list: {},
    exported: { attribute: false },
    failed: { state: true },
  };

  context!: Context;
  /** Whose exports are shown. */
  list = "";
  /** What is to be exported: the dialog is open then. */
  exported: Exported | null = null;

  private failed: { id: string; what: string; error: ApiError } | null = null;

  #running: Running | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#running?.addEventListener("change", this.#changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#running?.removeEventListener("change", this.#changed);
  }

  readonly #changed = () => this.requestUpdate();

  protected override willUpdate(changes: PropertyValues): void {
    const running = runningOf(this.context.daybook);
    if (!changes.has("context") || running === this.#running) return;
    this.#running?.removeEventListener("change", this.#changed);
    this.#running = running;
    running.addEventListener("change", this.#changed);
  }

  async #try(id: string, what: string, act: () => Promise<unknown>): Promise<void> {
    this.failed = null;
    try {
      await act();
    } catch (error) {
      this.failed = { id, what, error: shown(error) };
    }
  }

  protected override render(): TemplateResult {
    const say = exportWords(this.context.words);
    return html`
      ${this.#running?.of(this.list).map((one) => this.#one(one, say))}
      ${this.exported
        ? html`
          <daybook-export-dialog .context=${this.context} .exported=${this.exported}
            @close=${() => this.dispatchEvent(new Event("close"))}></daybook-export-dialog>
        `
        : nothing}
    `;
  }

  #one({ export: one, error }: Followed, say: Words & ExportWords): TemplateResult {
    const running = one.status === "running";
    return html`
      <section class="notice export ${LOOK[one.status]}" aria-label=${exporting(listName(one, say))}>
        <div class="what">
          <p role="status"><b>${running
            ? exporting(`${listName(one, say)}, ${formatName(one, say)}`)
            : this.#end(one, say)}</b></p>
          ${running ? this.#progress(one, say) : nothing}
          ${error ? problem(error, say, say.exportUnknown) : nothing}
          ${this.failed?.id === one.id ? problem(this.failed.error, say, this.failed.what) : nothing}
        </div>
        <div class="actions">${running ? this.#cancel(one, say) : this.#ended(one, say)}</div>
      </section>
    `;
  }

  #progress(one: Export, say: ExportWords): TemplateResult {
    const { zone, links } = this.context;
    const to = links.exports?.();
    return html`
      <progress aria-label=${exporting(listName(one, exportWords(this.context.words)))}></progress>
      <p class="small dim"><span class="number">${zone ? progress(one, zone) : nothing}</span>. ${say.exportGoesOn}
              ${to ? html`<a href=${to}>${say.exportAll}</a>` : nothing}</p>
    `;
  }

  #end(one: Export, say: Words & ExportWords): string {
    const { zone } = this.context;
    const name = `${listName(one, say)}, ${formatName(one, say)}`;
    if (one.status !== "done") return [`${name}: ${state(one).text}.`, why(one)].filter(Boolean).join(" ");
    return `${name}: ${one.rows && zone ? ready(one, zone) : say.exportNoRows}`;
  }

  #cancel({ id }: Export, say: ExportWords): TemplateResult {
    return html`<button @click=${() =>
      this.#try(id, say.exportNotCancelled, () => this.#running!.cancel(id))}>${say.exportCancel}</button>`;
  }

  #ended({ id, status, rows }: Export, say: ExportWords): TemplateResult {
    const fetch = async () => this.#running!.update(await download(this.context.daybook, id));
    return html`
      ${status === "done" && rows
        ? html`<button class="main" @click=${() => this.#try(id, say.exportNotFetched, fetch)}>${icon("download")}
          ${say.exportDownload}</button>`
        : nothing}
      <button class="plain" aria-label=${say.exportDismiss} title=${say.exportDismiss}
        @click=${() => this.#running!.dismiss(id)}>${icon("close")}</button>
    `;
  }
}

customElements.define("daybook-export", ExportPanel);
