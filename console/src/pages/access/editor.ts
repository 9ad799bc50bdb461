/** `<console-grant>`: what one group or person may, to be chosen; the page around saves it. */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Permission } from "../../api.ts";
import { icon } from "../../icons.ts";
import { base, controls } from "../../look.ts";
import { permissions } from "../../words/elements.ts";
import { Unsaved } from "../unsaved.ts";
import { applied, type Choice, difference, type Grantee, ORDER } from "./grants.ts";
import { change, kinds, meanings, words } from "./words.ts";

const NONE: Choice = { added: [], removed: [] };

/** What is to be granted from now on. */
export class SaveEvent extends CustomEvent<{ grantee: Grantee; permissions: Permission[] }> {
  constructor(grantee: Grantee, permissions: Permission[]) {
    super("console-save", { detail: { grantee, permissions } });
  }
}

class GrantEditor extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        scroll-margin: 72px 12px;
      }
      form {
        display: grid;
        gap: 14px;
        padding: 16px;
        margin-block: 6px;
        border: 1px solid var(--accent);
        border-radius: var(--radius);
        background: color-mix(in srgb, var(--accent) 4%, var(--paper));
      }
      fieldset {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(260px, 1fr));
        gap: 4px 16px;
        min-width: 0;
      }
      legend {
        font-weight: 650;
        padding: 0;
        margin-bottom: 8px;
        overflow-wrap: anywhere;
      }
      label {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 10px;
        padding-block: 6px;
        cursor: pointer;
      }
      label input {
        margin-top: 1px;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        gap: 10px 16px;
        align-items: center;
        justify-content: space-between;
      }
      .foot p {
        flex: 1 1 280px;
        overflow-wrap: anywhere;
      }
      .buttons {
        display: flex;
        gap: 8px;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    grantee: { attribute: false },
    now: { attribute: false },
    own: { type: Boolean },
    busy: { type: Boolean },
    choice: { state: true },
  };

  grantee!: Grantee;
  /** What is granted now. */
  now: Permission[] = [];
  /** Whether it is by this grant that the person may see the page. */
  own = false;
  busy = false;

  /** Kept as changes: what somebody else grants meanwhile is not taken away by it. */
  private choice: Choice = NONE;

  /** While it is saved, the page around closes it. */
  readonly #unsaved = new Unsaved(this, () => this.#changed && !this.busy);

  get #after(): Permission[] {
    return applied(this.now, this.choice);
  }

  get #changed(): boolean {
    const { added, removed } = difference(this.now, this.#after);
    return added.length + removed.length > 0;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector("input")?.focus();
    this.scrollIntoView({ block: "nearest" });
  }

  #choose(one: Permission, on: boolean): void {
    const after = on ? [...this.#after, one] : this.#after.filter((other) => other !== one);
    this.choice = difference(this.now, after);
  }

  #save(event: Event): void {
    event.preventDefault();
    if (this.#changed) {
      this.dispatchEvent(new SaveEvent(this.grantee, this.#after));
    }
  }

  #cancel(): void {
    this.choice = NONE;
    this.dispatchEvent(new Event("close"));
  }

  protected override render(): TemplateResult {
    return html`
      <form @submit=${this.#save} @keydown=${(event: KeyboardEvent) =>
        event.key === "Escape" && this.#unsaved.leaves() && this.#cancel()}>
        <fieldset>
          <legend>${kinds[this.grantee.kind]}: ${this.grantee.name}</legend>
          ${ORDER.map((one) => this.#box(one))}
        </fieldset>
        ${this.#warnings()}
        <div class="foot">
          <p role="status">${this.#says()}</p>
          <div class="buttons">
            <button type="button" @click=${this.#cancel}>${words.cancel}</button>
            <button class="main" ?disabled=${!this.#changed || this.busy}>${words.save}</button>
          </div>
        </div>
      </form>
    `;
  }

  #box(one: Permission): TemplateResult {
    return html`<label><input type="checkbox" .checked=${this.#after.includes(one)}
      @change=${(event: Event) => this.#choose(one, (event.target as HTMLInputElement).checked)}>
      <span>${permissions[one]}<br><span class="small dim">${meanings[one]}</span></span></label>`;
  }

  #says(): string {
    if (!this.#changed) return words.unchanged;
    return change(this.grantee, this.#after, difference(this.now, this.#after).removed);
  }

  #warnings(): TemplateResult | typeof nothing {
    const { added, removed } = difference(this.now, this.#after);
    const text = this.own && removed.includes("access") ? words.self : added.includes("access") ? words.mighty : "";
    return text ? html`<p class="notice warn">${icon("warn", 14)} ${text}</p>` : nothing;
  }
}

customElements.define("console-grant", GrantEditor);
