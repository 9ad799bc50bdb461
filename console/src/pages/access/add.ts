/** `<console-add>`: asks for a group or a person; those seen in the audit log are offered. */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { isAborted, type Schemas } from "../../api.ts";
import { dialogs } from "../../dialog-look.ts";
import { base, controls } from "../../look.ts";
import type { Context } from "../../table/context.ts";
import type { Grantee, Kind } from "./grants.ts";
import { words } from "./words.ts";

const DEBOUNCE = 200;
const OFFERED = 8;

/** Who is to be edited. */
export class AddEvent extends CustomEvent<Grantee> {
  constructor(detail: Grantee) {
    super("console-add", { detail });
  }
}

class AddDialog extends LitElement {
  static override styles = [
    base,
    controls,
    dialogs,
    css`
      .field {
        display: grid;
        gap: 4px;
      }
      .seen button {
        width: 100%;
        min-height: 40px;
        padding: 4px 8px;
        border-radius: var(--radius);
        justify-content: space-between;
      }
      .seen button:hover {
        background: var(--soft);
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    kind: {},
    seen: { state: true },
    missing: { state: true },
  };

  context!: Context;
  kind: Kind = "staff";

  private seen: Schemas["StaffMember"][] = [];
  private missing = false;

  #abort = new AbortController();
  #typing: ReturnType<typeof setTimeout> | undefined;

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  private get field(): HTMLInputElement {
    return this.renderRoot.querySelector<HTMLInputElement>("#name")!;
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
    this.#offer();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    clearTimeout(this.#typing);
  }

  #typed(): void {
    this.missing = false;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#offer(), DEBOUNCE);
  }

  /** Whoever may not read the audit log types the name without help. */
  async #offer(): Promise<void> {
    if (this.kind !== "staff") return;
    const { daybook } = this.context;
    const q = this.field.value.trim();
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    try {
      const { entries } = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/audit/staff", {
          params: {
            path: { org: daybook.org },
            query: { kind: "staff", limit: OFFERED, ...(q ? { q } : { order: "last" }) },
          },
          signal,
        })
      );
      this.seen = entries;
    } catch (error) {
      if (!isAborted(error)) this.seen = [];
    }
  }

  #submit(event: Event): void {
    event.preventDefault();
    const name = this.field.value.trim();
    this.missing = !name;
    if (name) this.#take(name);
    else this.field.focus();
  }

  #take(name: string): void {
    this.dialog.close();
    this.dispatchEvent(new AddEvent({ kind: this.kind, name }));
  }

  protected override render(): TemplateResult {
    const staff = this.kind === "staff";
    const hint = this.missing ? words.nameMissing : staff ? words.usernameHint : words.groupHint;
    return html`
      <dialog class="narrow" aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("close"))}>
        <form @submit=${this.#submit} novalidate>
          <header>
            <h2 id="title">${staff ? words.addStaffTitle : words.addGroupTitle}</h2>
          </header>
          <div class="body">
            <div class="field">
              <label for="name"><b>${staff ? words.username : words.groupName}</b></label>
              <input id="name" autocomplete="off" spellcheck="false" maxlength="256" autofocus aria-describedby="hint"
                aria-invalid=${this.missing} @input=${this.#typed}>
              <p id="hint" class="small ${this.missing ? "bad" : "dim"}">${hint}</p>
            </div>
            ${this.seen.length ? this.#offered() : nothing}
          </div>
          <footer>
            <button type="button" @click=${() => this.dialog.close()}>${words.cancel}</button>
            <button class="main">${words.goOn}</button>
          </footer>
        </form>
      </dialog>
    `;
  }

  #offered(): TemplateResult {
    return html`
      <div>
        <p class="small dim" id="seen">${words.suggestions}</p>
        <ul class="seen" aria-labelledby="seen">${this.seen.map(({ username, member_name }) =>
          html`<li><button type="button" class="bare" @click=${() => this.#take(username)}>
          <span>${member_name}</span><span class="dim">${username}</span></button></li>`
        )}</ul>
      </div>
    `;
  }
}

customElements.define("console-add", AddDialog);
