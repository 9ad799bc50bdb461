/** `<daybook-reset>`: asks first for another address, then for the reason, then takes an address off the blacklist. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { type ApiError, shown } from "../api.ts";
import { dialogWords, resetTitle } from "../words/dialogs.ts";
import { choices, dialogs } from "../dialog-look.ts";
import type { Context } from "../table/context.ts";
import { problem } from "../table/problem.ts";
import { DaybookElement } from "./base.ts";

/** The address gets e-mail again. */
export class ResetEvent extends CustomEvent<{ address: string }> {
  constructor(address: string) {
    super("daybook-reset", { detail: { address }, bubbles: true, composed: true });
  }
}

export class ResetDialog extends DaybookElement {
  static override styles = [
    ...DaybookElement.styles,
    dialogs,
    choices,
    css`
      fieldset {
        gap: 10px;
      }
      .choice {
        padding: 10px 12px;
      }
      .reason {
        display: grid;
        gap: 4px;
      }
      h2 {
        overflow-wrap: anywhere;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    address: {},
    choice: { state: true },
    reason: { state: true },
    asked: { state: true },
    busy: { state: true },
    error: { state: true },
  };

  address = "";

  private choice: "new" | "same" | null = null;
  private reason = "";
  private asked = false;
  private busy = false;
  private error: ApiError | null = null;

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  private get field(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector<HTMLTextAreaElement>("textarea");
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  async #submit(event: Event, { daybook }: Context): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.asked = true;
    if (!this.reason.trim()) {
      this.field?.focus();
      return;
    }
    this.busy = true;
    this.error = null;
    try {
      await daybook.ask((client) =>
        client.POST("/v1/orgs/{org}/blacklist/reset", {
          params: { path: { org: daybook.org } },
          body: { address: this.address, reason: this.reason.trim() },
        })
      );
      this.dispatchEvent(new ResetEvent(this.address));
      this.dialog.close();
    } catch (error) {
      this.error = shown(error);
    }
    this.busy = false;
  }

  protected override content(context: Context): TemplateResult {
    const words = dialogWords(context.words);
    return html`
      <dialog class="narrow" aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("close"))}>
        <form @submit=${(event: Event) => this.#submit(event, context)} novalidate>
          <header>
            <h2 id="title">${resetTitle(this.address)}</h2>
          </header>
          <div class="body">
                <p class="dim">${words.resetAdvice}</p>
                <fieldset>
                  <legend class="unseen">${words.reset}</legend>
                  ${this.#option("new", words.resetNew)}
                  ${this.choice === "new" ? html`<p class="notice" role="status">${words.resetNewNext}</p>` : nothing}
                  ${this.#option("same", words.resetSame)}
                </fieldset>
                ${this.choice === "same" ? this.#reason(context) : nothing}
                ${this.error ? problem(this.error, words, words.resetFailed) : nothing}
              </div>
          <footer>
            <button type="button" @click=${() => this.dialog.close()}>${words.cancel}</button>
            <button class="main" ?disabled=${this.choice !== "same"} aria-disabled=${this.busy}>${words.reset}</button>
          </footer>
        </form>
      </dialog>
    `;
  }

  #option(value: "new" | "same", text: string): TemplateResult {
    return html`<label class="choice"><input type="radio" name="choice" value=${value} .checked=${this.choice === value}
      @change=${() => this.choice = value}><span>${text}</span></label>`;
  }

  #reason(context: Context): TemplateResult {
    const words = dialogWords(context.words);
    const wrong = this.asked && !this.reason.trim();
    return html`
      <div class="reason">
        <label for="reason"><b>${words.resetReason}</b></label>
        <textarea id="reason" rows="3" maxlength="500" aria-describedby="hint" aria-invalid=${wrong} required
          .value=${this.reason}
          @input=${(event: Event) => this.reason = (event.target as HTMLTextAreaElement).value}></textarea>
        <p id="hint" class="small ${wrong ? "bad" : "dim"}">${wrong
          ? words.resetReasonMissing
          : words.resetReasonHint}</p>
        <p class="small dim">${words.resetNotAgain}</p>
      </div>
    `;
  }
}

customElements.define("daybook-reset", ResetDialog);
