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
import { repeat } from "lit/directives/repeat.js";
import { type ApiError, shown } from "../api.ts";
import { icon } from "../icons.ts";
import { base, controls } from "../look.ts";
import type { Context } from "../table/context.ts";
import { stateLook } from "../table/states.ts";
import {
  distinct,
  exporting,
  type ExportWords,
  exportWords,
  formatName,
  listName,
  narrowedBy,
  progress,
  ready,
  regionName,
  state,
  why,
} from "../words/exports.ts";
import type { Words } from "../words/elements.ts";
import type { Exported } from "./button.ts";
import "./dialog.ts";
import { refusal } from "./refusal.ts";
import { download, type Export, type Followed, type Running, runningOf } from "./running.ts";

/** One that has found nothing, or was cancelled, is neither good nor bad. */
function look(one: Export): string {
  const { tone } = state(one);
  return one.status === "running" || tone === "dim" ? "" : tone;
}

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
      .what > * + * {
        margin-top: 4px;
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
  /** What had the focus before the last change. */
  #held: { element: Element; section: Element | null } | null = null;

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
    const element = this.shadowRoot?.activeElement;
    this.#held = element ? { element, section: element.closest("section") } : null;
    const running = runningOf(this.context.daybook);
    if (!changes.has("context") || running === this.#running) return;
    this.#running?.removeEventListener("change", this.#changed);
    this.#running = running;
    running.addEventListener("change", this.#changed);
  }

  /** A button that had the focus is gone: the next one has it, or that of the list. */
  protected override updated(): void {
    if (!this.#held || this.#held.element.isConnected) return;
    const { section } = this.#held;
    const next = section?.isConnected ? section.querySelector<HTMLElement>("button.main") : null;
    (next ?? this.#beside())?.focus();
  }

  /** The button by which this list is exported; where there is none, the heading above. */
  #beside(): HTMLElement | null {
    let root = this.getRootNode();
    while (root instanceof ShadowRoot) {
      const found = root.querySelector<HTMLElement>("button.export") ??
        root.querySelector<HTMLElement>(":is(h1, h2)[tabindex]");
      if (found) return found;
      root = root.host.getRootNode();
    }
    return null;
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
    const all = this.#running?.of(this.list) ?? [];
    const names = distinct(all.map((one) => regionName(one.export, say, this.context.zone)));
    return html`
      ${repeat(all, (one) => one.export.id, (one, at) => this.#one(one, names[at] ?? "", say))}
      ${this.exported
        ? html`
          <daybook-export-dialog .context=${this.context} .exported=${this.exported}
            @close=${() => this.dispatchEvent(new Event("close"))}></daybook-export-dialog>
        `
        : nothing}
    `;
  }

  #one(followed: Followed, name: string, say: Words & ExportWords): TemplateResult {
    const { export: one, error } = followed;
    const { zone } = this.context;
    const running = one.status === "running" || followed.cancelling;
    const narrowing = zone ? narrowedBy(one, say, zone).join("; ") : "";
    return html`
      <section class="notice export ${running ? "" : look(one)}" aria-label=${name}>
        <div class="what">
          <p role="status">${running ? this.#begun(one, say) : this.#end(one, say)}</p>
          ${narrowing ? html`<p class="small dim">${narrowing}</p>` : nothing}
          ${running && error?.failure !== "denied" ? this.#progress(one, name, say) : nothing}
          ${error ? refusal(error, say, say.exportUnknown) : nothing}
          ${this.failed?.id === one.id ? refusal(this.failed.error, say, this.failed.what) : nothing}
          ${running ? nothing : this.#all(say)}
        </div>
        <div class="actions">${running ? this.#cancel(followed, say) : this.#ended(one, say)}</div>
      </section>
    `;
  }

  #begun(one: Export, say: Words & ExportWords): TemplateResult {
    return html`<b>${exporting(`${listName(one, say)}, ${formatName(one, say)}`)}</b>`;
  }

  #progress(one: Export, name: string, say: ExportWords): TemplateResult {
    const { zone } = this.context;
    return html`
      <progress aria-label=${name}></progress>
      <p class="small dim"><span class="number">${zone ? progress(one, zone) : nothing}</span> · ${say.exportGoesOn}</p>
      ${one.reason ? html`<p class="small">${why(one)} ${say.exportAgain}</p>` : nothing}
      ${this.#all(say)}
    `;
  }

  #all({ exportAll }: ExportWords): TemplateResult | typeof nothing {
    const to = this.context.links.exports?.();
    return to ? html`<p class="small"><a href=${to}>${exportAll}</a></p>` : nothing;
  }

  #end(one: Export, say: Words & ExportWords): TemplateResult {
    const { zone } = this.context;
    const name = html`<b>${listName(one, say)}, ${formatName(one, say)}</b>`;
    if (one.status !== "done") return html`${name}: ${state(one).text}. ${why(one)}`;
    return html`${name}: ${one.rows && zone ? ready(one, zone) : say.exportNoRows}`;
  }

  /** It keeps the focus while it waits, which a disabled button does not. */
  #cancel({ export: { id }, cancelling }: Followed, say: ExportWords): TemplateResult {
    const cancel = () => cancelling || this.#try(id, say.exportNotCancelled, () => this.#running!.cancel(id));
    return html`<button aria-disabled=${cancelling ? "true" : nothing} @click=${cancel}>${
      cancelling ? say.exportCancelling : say.exportCancel
    }</button>`;
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
