/** `<daybook-blacklist>`: the addresses of a record that get no e-mail, why, and what can be done. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, type Block, isAborted, shown } from "../api.ts";
import { icon } from "../icons.ts";
import { blockStatus, denied, permissions } from "../words/elements.ts";
import type { Context } from "../table/context.ts";
import { failureState } from "../table/states.ts";
import { DaybookElement } from "./base.ts";
import { address, permissionFor, time } from "./logs.ts";
import { emailDialog, resetDialog } from "./later.ts";

export class Blacklist extends DaybookElement {
  static override styles = [
    ...DaybookElement.styles,
    css`
      section {
        display: grid;
        gap: 10px;
      }
      h2 {
        font-size: 15px;
        display: flex;
        gap: 8px;
        align-items: center;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
        align-items: center;
        justify-content: space-between;
        padding-top: 10px;
        border-top: 1px solid color-mix(in srgb, var(--warn) 22%, var(--line));
      }
      .who {
        flex: 1 1 20em;
        min-width: 0;
      }
      .address {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    blocks: { state: true },
    error: { state: true },
    mayReset: { state: true },
    resetting: { state: true },
    done: { state: true },
    missing: { state: true },
    seen: { state: true },
  };

  private blocks: Block[] | null = null;
  private error: ApiError | null = null;
  private mayReset = false;
  private resetting: Block | null = null;
  private done = "";
  private missing = "";
  /** The e-mail that is shown, where nothing around shows it. */
  private seen: string | null = null;

  #abort = new AbortController();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    const context = this.shared;
    if (context && this.isAnother(context)) this.#load(context);
  }

  async #load({ daybook }: Context): Promise<void> {
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    this.error = null;
    try {
      const [blocks, me] = await Promise.all([daybook.blacklist(this.key, signal), daybook.me()]);
      this.blocks = blocks.entries;
      this.mayReset = me.permissions.includes("blacklist");
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
    await this.updateComplete;
    this.dispatchEvent(new Event("settled"));
  }

  /** Opens the e-mail because of which an address is blacklisted: it is found by its message id. */
  async #see(block: Block, { daybook, words }: Context): Promise<void> {
    const { signal } = this.#abort;
    const path = daybook.recordPath(this.key);
    this.missing = "";
    try {
      const found = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/emails", {
          params: { path, query: { q: `"${block.address}"`, status: ["bounced", "complained"], limit: 200 } },
          signal,
        })
      );
      const row = found.entries.find((one) => one.message_id === block.message_id);
      if (!row) this.missing = words.emailMissing;
      else if (this.chosen({ kind: "email", ...this.key, email: row.id })) this.seen = row.id;
    } catch (error) {
      if (!isAborted(error)) this.missing = shown(error).message;
    }
  }

  protected override content(context: Context): TemplateResult | typeof nothing {
    const { words } = context;
    if (this.error) {
      // Inside a record, what may not be seen is not there.
      if (this.error.failure === "denied" && this.context) return nothing;
      const permission = permissions[permissionFor("email", this.key.type)];
      const say = { what: words.theBlacklist, denied: denied("the blacklisted recipients", permission) };
      return failureState(this.error, words, say, () => this.#load(context));
    }
    if (!this.blocks || !context.zone) return nothing;
    const done = html`<p role="status" tabindex="-1" class="good">${this.done}</p>`;
    if (!this.blocks.length) return this.done ? html`<div class="notice good">${done}</div>` : nothing;
    return html`<section class="notice warn" aria-labelledby="head">
      <h2 id="head"><span class="warn">${icon("warn")}</span> ${words.blacklisted}</h2>
      <p>${words.blacklistedWhy}</p>
      ${this.done ? done : nothing}
      <ul>${this.blocks.map((block) => this.#item(block, context))}</ul>
      <p role="status" class="small" ?hidden=${!this.missing}>${this.missing}</p>
    </section>
    ${this.seen ? emailDialog(context, this.record, this.seen, () => this.seen = null) : nothing}
      ${
      this.resetting
        ? resetDialog(context, this.resetting.address, (event) =>
          this.#reset(event, context), () =>
          this.resetting = null)
        : nothing
    }`;
  }

  #item(block: Block, context: Context): TemplateResult {
    const { words } = context;
    const { text, why } = blockStatus[block.status];
    const seeable = block.message_id && (block.status === "bounce" || block.status === "complaint");
    return html`
      <li>
        <div class="who">
          <p class="address">${address(block.address)}</p>
          <p class="small">${text} ${words.since} ${time(block.since, context)}. <span class="dim">${why}</span></p>
          ${this.mayReset ? nothing : html`<p class="small dim">${words.resetAsk}</p>`}
        </div>
        <div class="actions">
              ${seeable ? html`<button @click=${() => this.#see(block, context)}>${words.seeEmail}</button>` : nothing}
              ${this.mayReset
                ? html`<button @click=${() => this.resetting = block} aria-label="${words.reset} ${block.address}">
            ${words.resetMore}</button>`
                : nothing}
            </div>
      </li>
    `;
  }

  async #reset(event: Event, context: Context): Promise<void> {
    event.stopPropagation();
    const address = this.resetting?.address;
    this.done = `${address}: ${context.words.resetDone}`;
    // At once, so that the list does not say otherwise while it is loaded again.
    this.blocks = this.blocks?.filter((block) => block.address !== address) ?? null;
    this.resetting = null;
    this.#load(context);
    await this.updateComplete;
    // The button that had the focus is gone with its address.
    this.renderRoot.querySelector<HTMLElement>("p.good")?.focus();
  }
}

customElements.define("daybook-blacklist", Blacklist);
