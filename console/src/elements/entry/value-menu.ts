/** `<daybook-value-menu>`: what one can do with a value of an entry: search for it, or copy it. */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { base, controls } from "../../look.ts";
import type { Context } from "../../table/context.ts";
import { type Value, withTerm } from "./terms.ts";
import { entryWords as words } from "../../words/entry.ts";

export class ValueMenu extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      [popover] {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: 6px;
        min-width: 220px;
        max-width: min(360px, calc(100vw - 16px));
        color: var(--ink);
        background: var(--paper);
        border: 1px solid var(--line);
        border-radius: calc(var(--radius) + 2px);
        box-shadow: 0 10px 32px rgb(0 0 0 / 18%);
      }
      :is(a, button.bare) {
        display: block;
        width: 100%;
        min-height: 40px;
        padding: 9px 10px;
        color: var(--ink);
        border-radius: 6px;
        overflow-wrap: anywhere;
      }
      :is(a, button.bare):hover {
        background: var(--soft);
        text-decoration: none;
      }
      :focus-visible {
        outline-offset: -2px;
      }
      b {
        font-weight: 600;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    line: { attribute: false },
    value: { state: true },
  };

  context!: Context;
  /** The search line of the audit log around, where there is one. */
  line: string | null = null;

  private value: Value | null = null;

  #anchor: HTMLElement | null = null;

  private get menu(): HTMLElement {
    return this.renderRoot.querySelector<HTMLElement>("[popover]")!;
  }

  /** Opens below what was clicked. */
  async open(anchor: HTMLElement, value: Value): Promise<void> {
    this.value = value;
    this.#anchor = anchor;
    await this.updateComplete;
    const { menu } = this;
    menu.showPopover();
    const at = anchor.getBoundingClientRect();
    const below = at.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
    menu.querySelector<HTMLElement>("a, button")?.focus();
  }

  protected override render(): TemplateResult {
    const { value } = this;
    return html`
      <div popover role="group" aria-label="${words.actions} ${value?.text ?? ""}" @click=${() =>
        this.menu.hidePopover()} @keydown=${this.#arrows}
        @toggle=${this.#closed}>${value ? this.#items(value) : nothing}</div>
    `;
  }

  #items({ text, term }: Value): TemplateResult {
    const to = this.context.links.audit;
    const line = this.line ?? "";
    return html`
      ${to ? html`<a href=${to({ q: term })}>${words.only} <b>${text}</b></a>` : nothing}
      ${to && line && !line.includes(term)
        ? html`<a href=${to({ q: withTerm(line, term) }, true)}>${words.add}</a>`
        : nothing}
      ${to && this.line !== null && !line.includes(term)
        ? html`<a href=${to({ q: withTerm(line, `-${term}`) }, true)}>${words.exclude}</a>`
        : nothing}
      <button class="bare" @click=${() => navigator.clipboard.writeText(text)}>${words.copy} <b>${text}</b></button>
    `;
  }

  /** Only the button that opens a menu by itself would get the focus back. */
  #closed(event: ToggleEvent): void {
    const left = document.activeElement === document.body || this.matches(":focus-within");
    if (event.newState === "closed" && left) this.#anchor?.focus({ preventScroll: true });
  }

  #arrows(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const items = [...this.menu.querySelectorAll<HTMLElement>("a, button")];
    const at = items.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    items[(at + by + items.length) % items.length]?.focus();
  }
}

customElements.define("daybook-value-menu", ValueMenu);
