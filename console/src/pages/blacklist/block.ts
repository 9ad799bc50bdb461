/** `<console-block>`: puts an address on the blacklist by hand, with a reason. */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { type ApiError, type Schemas, shown } from "../../api.ts";
import { dialogs } from "../../dialog-look.ts";
import { base, controls } from "../../look.ts";
import type { Context } from "../../table/context.ts";
import { stateLook } from "../../table/states.ts";
import { problem } from "../../table/problem.ts";
import { words } from "./words.ts";

/** The address is blocked, or was before. */
export class BlockedEvent extends CustomEvent<{ address: string; status: Schemas["PutResult"]["status"] }> {
  constructor(detail: BlockedEvent["detail"]) {
    super("console-blocked", { detail });
  }
}

class BlockDialog extends LitElement {
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
    `,
  ];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    asked: { state: true },
    busy: { state: true },
    wrong: { state: true },
    error: { state: true },
  };

  context!: Context;

  private asked = false;
  private busy = false;
  /** Said of an address that the API does not take. */
  private wrong = "";
  private error: ApiError | null = null;

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  private get address(): HTMLInputElement {
    return this.renderRoot.querySelector<HTMLInputElement>("#address")!;
  }

  private get reason(): HTMLTextAreaElement {
    return this.renderRoot.querySelector<HTMLTextAreaElement>("#reason")!;
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (this.busy) return;
    this.asked = true;
    this.wrong = "";
    const missing = [this.address, this.reason].find((field) => !field.value.trim());
    if (missing) missing.focus();
    else this.#block(this.address.value.trim(), this.reason.value.trim());
    this.requestUpdate();
  }

  async #block(address: string, reason: string): Promise<void> {
    const { daybook } = this.context;
    this.busy = true;
    this.error = null;
    try {
      const { results } = await daybook.ask((client) =>
        client.PUT("/v1/orgs/{org}/blacklist", {
          params: { path: { org: daybook.org } },
          body: { addresses: [{ address, status: "manual", reason }] },
        })
      );
      const result = results[0];
      if (result && result.status !== "rejected") {
        this.dispatchEvent(new BlockedEvent({ address, status: result.status }));
        this.dialog.close();
      } else {
        this.wrong = words.blockAddressWrong;
        this.address.focus();
      }
    } catch (error) {
      this.error = shown(error);
    }
    this.busy = false;
  }

  protected override render(): TemplateResult {
    const { wrong, asked } = this;
    const noAddress = asked && !this.address.value.trim() ? words.blockAddressMissing : wrong;
    const noReason = asked && !this.reason.value.trim();
    return html`
      <dialog class="narrow" aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("close"))}>
        <form @submit=${this.#submit} novalidate>
          <header>
            <h2 id="title">${words.blockTitle}</h2>
          </header>
          <div class="body">
            <p class="dim">${words.blockWhat}</p>
            <div class="field">
              <label for="address"><b>${words.blockAddress}</b></label>
              <input id="address" type="email" autocomplete="off" maxlength="1000" required autofocus
                aria-invalid=${Boolean(noAddress)} aria-describedby="wrong" @input=${() => this.requestUpdate()}>
              <p id="wrong" class="small bad" role="status">${noAddress}</p>
            </div>
            <div class="field">
              <label for="reason"><b>${words.blockReason}</b></label>
              <textarea id="reason" rows="3" maxlength="500" required aria-invalid=${noReason} aria-describedby="hint"
                @input=${() => this.requestUpdate()}></textarea>
              <p id="hint" class="small ${noReason ? "bad" : "dim"}">${noReason
                ? words.blockReasonMissing
                : words.blockReasonHint}</p>
            </div>
            ${this.error ? problem(this.error, this.context.words, words.notBlocked) : nothing}
          </div>
          <footer>
            <button type="button" @click=${() => this.dialog.close()}>${words.cancel}</button>
            <button class="main" aria-disabled=${this.busy}>${words.blockButton}</button>
          </footer>
        </form>
      </dialog>
    `;
  }
}

customElements.define("console-block", BlockDialog);
