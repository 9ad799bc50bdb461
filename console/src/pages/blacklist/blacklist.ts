/** The blacklist of the business: why an address gets no e-mail, and what can be done. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, type Block, shown } from "../../api.ts";
import { resetDialog } from "../../elements/later.ts";
import type { DaybookTable, Definition } from "../../table/table.ts";
import { headLook } from "../head-look.ts";
import { ConsolePage } from "../page.ts";
import { problem } from "../../table/problem.ts";
import { RecordNames } from "../record-names.ts";
import type { BlockedEvent } from "./block.ts";
import "./block.ts";
import { blacklist } from "./list.ts";
import { blocked, checkBegun, notChecked, resetDone, words } from "./words.ts";

class BlacklistPage extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    headLook,
    css`
      .done {
        margin-top: 12px;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    resetting: { state: true },
    blocking: { state: true },
    done: { state: true },
    failed: { state: true },
  };

  private resetting: Block | null = null;
  private blocking = false;
  private done = "";
  private failed: { error: ApiError; block: Block } | null = null;

  #names: RecordNames | undefined;
  #definition: Definition<Block> | undefined;

  private get table(): DaybookTable | null {
    return this.renderRoot.querySelector<DaybookTable>("daybook-table");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#names?.stop();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    if (this.#definition) return;
    this.#names = new RecordNames(this.context.daybook, () => this.table?.requestUpdate());
    this.#definition = blacklist(this.#names, {
      reset: (block) => {
        this.done = "";
        this.resetting = block;
      },
      check: (block) => this.#check(block),
    });
  }

  async #check(block: Block): Promise<void> {
    const { daybook } = this.context;
    this.failed = null;
    this.done = "";
    try {
      await daybook.ask((client) =>
        client.POST("/v1/orgs/{org}/blacklist/validate", {
          params: { path: { org: daybook.org } },
          body: { address: block.address },
        })
      );
      this.#changed(checkBegun(block.address));
    } catch (error) {
      this.failed = { error: shown(error), block };
    }
  }

  #changed(done: string): void {
    this.done = done;
    this.failed = null;
    this.table?.reload();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h1 tabindex="-1">${words.title}</h1>
        <button @click=${() => this.blocking = true}>${words.block}</button>
      </div>
      <p class="dim">${words.what}</p>
      <p class="done ${this.done ? "notice good" : ""}" role="status" tabindex="-1">${this.done}</p>
      ${this.failed ? problem(this.failed.error, this.context.words, notChecked(this.failed.block.address)) : nothing}
      <daybook-table .context=${this.context} .definition=${this.#definition}
        .query=${this.route.query.toString()} @daybook-query=${this.keep}></daybook-table>
      ${this.#dialogs()}
    `;
  }

  #dialogs(): TemplateResult | typeof nothing {
    const { resetting, context } = this;
    if (resetting) {
      const done = (event: Event) => {
        event.stopPropagation();
        this.#changed(resetDone(resetting.address));
      };
      const close = () => {
        this.resetting = null;
        // The button that had the focus is gone with its address.
        if (this.done) this.renderRoot.querySelector<HTMLElement>(".done")?.focus();
      };
      return resetDialog(context, resetting.address, done, close);
    }
    if (!this.blocking) return nothing;
    return html`
      <console-block .context=${context} @close=${() => this.blocking = false}
        @console-blocked=${({ detail: { address, status } }: BlockedEvent) =>
          this.#changed(blocked(address, status))}></console-block>
    `;
  }
}

customElements.define("console-blacklist", BlacklistPage);
