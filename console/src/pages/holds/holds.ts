/** Holds: which records are kept beyond their time, since when and why. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, shown } from "../../api.ts";
import { type Exported, Exporting } from "../../exports/button.ts";
import type { DaybookTable, Definition } from "../../table/table.ts";
import { headLook } from "../head-look.ts";
import { ConsolePage } from "../page.ts";
import { problem } from "../../table/problem.ts";
import { RecordNames } from "../record-names.ts";
import { Reloading } from "../reloading.ts";
import { type Hold, holds } from "./list.ts";
import "./place.ts";
import type { PlacedEvent } from "./place.ts";
import { lifted, liftTitle, placed, words } from "./words.ts";

/** Milliseconds between looks at the list while entries are still gone through. */
const AGAIN = 5_000;

const EXPORTED: Exported = { list: "holds", query: { filters: {} } };

class HoldsPage extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    headLook,
    css`
      .what {
        max-width: 52em;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .done {
        margin-block: 12px;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    placing: { state: true },
    lifting: { state: true },
    busy: { state: true },
    done: { state: true },
    error: { state: true },
  };

  private placing = false;
  private lifting: Hold | null = null;
  private busy = false;
  private done = "";
  private error: ApiError | null = null;

  readonly #exporting = new Exporting(this);
  #names: RecordNames | undefined;
  #definition: Definition<Hold> | undefined;
  readonly #reloading = new Reloading(AGAIN, () => this.table);

  private get table(): DaybookTable | null {
    return this.renderRoot.querySelector<DaybookTable>("daybook-table");
  }

  private get dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog");
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
    this.#definition = holds(this.#names, (hold) => this.#ask(hold));
  }

  /** Until every hold stands, or is gone. */
  #loaded({ detail }: CustomEvent<{ entries: Hold[] }>): void {
    this.#reloading.loaded(detail.entries.some(({ status }) => status !== "standing"));
  }

  async #ask(hold: Hold): Promise<void> {
    this.lifting = hold;
    this.error = null;
    await this.updateComplete;
    this.dialog?.showModal();
  }

  #name({ record }: Hold): string {
    return this.#names?.text(record) ?? `${record.type}/${record.id}`;
  }

  async #lift(event: Event, hold: Hold): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const { daybook } = this.context;
    this.busy = true;
    this.error = null;
    try {
      const params = { path: { org: daybook.org, type: hold.record.type, id: hold.record.id } };
      await daybook.ask((client) => client.DELETE("/v1/orgs/{org}/holds/{type}/{id}", { params }));
      this.dialog?.close();
      this.#changed(lifted(this.#name(hold)));
    } catch (error) {
      this.error = shown(error);
    }
    this.busy = false;
  }

  #changed(done: string): void {
    this.done = done;
    this.table?.reload();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h1 tabindex="-1">${words.title}</h1>
        <div class="buttons">
              <button @click=${() => this.placing = true}>${words.place}</button>
              ${this.#exporting.button(this.context, EXPORTED)}
            </div>
      </div>
      <p class="dim what">${words.what}</p>
      <p class="done ${this.done ? "notice good" : ""}" role="status">${this.done}</p>
      ${this.#exporting.panel(this.context, EXPORTED)}
      <daybook-table .context=${this.context} .definition=${this.#definition} .query=${this.route.query.toString()}
        @daybook-query=${this.keep} @daybook-loaded=${this.#loaded}></daybook-table>
      ${this.placing
        ? html`
          <console-place-hold .context=${this.context} @close=${() => this.placing = false}
            @console-placed=${({ detail }: PlacedEvent) => this.#changed(placed(detail.name))}></console-place-hold>
        `
        : nothing} ${this.lifting ? this.#liftDialog(this.lifting) : nothing}
    `;
  }

  #liftDialog(hold: Hold): TemplateResult {
    return html`
      <dialog class="narrow" aria-labelledby="lift" @close=${() => this.lifting = null}>
        <form @submit=${(event: Event) => this.#lift(event, hold)}>
          <header>
            <h2 id="lift">${liftTitle(this.#name(hold))}</h2>
          </header>
          <div class="body">
                <p>${words.reason}: ${hold.reason}</p>
                <p>${words.liftWhat}</p>
                ${this.error ? problem(this.error, this.context.words, words.notLifted) : nothing}
              </div>
          <footer>
            <button type="button" autofocus @click=${() => this.dialog?.close()}>${words.cancel}</button>
            <button class="main" aria-disabled=${this.busy}>${words.lift}</button>
          </footer>
        </form>
      </dialog>
    `;
  }
}

customElements.define("console-holds", HoldsPage);
