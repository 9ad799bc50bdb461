/** The page Exports: one's own exports, how far they are, and their files. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, shown } from "../../api.ts";
import { refusal } from "../../exports/refusal.ts";
import { cancel, download, type Export } from "../../exports/running.ts";
import type { DaybookTable, Definition } from "../../table/table.ts";
import { headLook } from "../head-look.ts";
import { ConsolePage } from "../page.ts";
import { RecordNames } from "../record-names.ts";
import { Reloading } from "../reloading.ts";
import { exportList } from "./list.ts";
import { words } from "./words.ts";

/** Milliseconds between looks at the list while an export of it runs. */
const AGAIN = 3_000;

class ExportsPage extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    headLook,
    css`
      .what {
        max-width: 52em;
      }
      .done {
        margin-block: 12px;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    done: { state: true },
    failed: { state: true },
  };

  private done = "";
  private failed: { what: string; error: ApiError } | null = null;

  readonly #cancelling = new Set<string>();
  #names: RecordNames | undefined;
  #definition: Definition<Export> | undefined;
  readonly #reloading = new Reloading(AGAIN, () => this.table);

  private get table(): DaybookTable | null {
    return this.renderRoot.querySelector<DaybookTable>("daybook-table");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#names?.stop();
    this.#reloading.stop();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    if (this.#definition) return;
    this.#names = new RecordNames(this.context.daybook, () => this.table?.requestUpdate());
    this.#definition = exportList(this.#names, {
      download: (one) => this.#act(words.notFetched, () => this.#download(one)),
      cancel: (one) => this.#act(words.notCancelled, () => this.#cancel(one)),
    }, this.#cancelling);
  }

  /** Until none runs any more. */
  #loaded({ detail }: CustomEvent<{ entries: Export[] }>): void {
    this.#reloading.loaded(detail.entries.some(({ status }) => status === "running"));
  }

  async #act(what: string, act: () => Promise<void>): Promise<void> {
    this.done = "";
    this.failed = null;
    try {
      await act();
    } catch (error) {
      this.failed = { what, error: shown(error) };
    }
  }

  async #download({ id }: Export): Promise<void> {
    const now = await download(this.context.daybook, id);
    if (now.url) return;
    this.done = words.noFile;
    this.table?.reload();
  }

  async #cancel({ id }: Export): Promise<void> {
    this.#cancelling.add(id);
    this.table?.requestUpdate();
    try {
      await cancel(this.context.daybook, id);
    } catch (error) {
      this.#cancelling.delete(id);
      this.table?.requestUpdate();
      throw error;
    }
    this.done = words.cancelled;
    this.table?.reload();
    this.renderRoot.querySelector<HTMLElement>("h1")?.focus();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h1 tabindex="-1">${words.title}</h1>
      </div>
      <p class="dim what">${words.what}</p>
      <p class="done ${this.done ? "notice" : ""}" role="status">${this.done}</p>
      ${this.failed ? refusal(this.failed.error, this.context.words, this.failed.what) : nothing}
      <daybook-table .context=${this.context} .definition=${this.#definition} .query=${this.route.query.toString()}
        @daybook-query=${this.keep} @daybook-loaded=${this.#loaded}></daybook-table>
    `;
  }
}

customElements.define("console-exports", ExportsPage);
