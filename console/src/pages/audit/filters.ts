/** `<audit-filters>`: date range, staff, source and, where the table has no heads, the order. */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Schemas } from "../../api.ts";
import { base, controls } from "../../look.ts";
import { sources } from "../../words/elements.ts";
import type { Context } from "../../table/context.ts";
import { backwards, listing } from "../../table/query.ts";
import { QueryEvent } from "../../table/table.ts";
import { filterLook } from "./filter-look.ts";
import { shifted } from "./line.ts";
import type { StaffEvent } from "./staff-filter.ts";
import { auditWords as words } from "../../words/audit.ts";
import "./staff-filter.ts";

export class Filters extends LitElement {
  static override styles = [base, controls, filterLook];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    query: {},
    narrow: { type: Boolean },
  };

  context!: Context;
  /** The state in the address. */
  query = "";
  narrow = false;

  get #state(): URLSearchParams {
    return new URLSearchParams(this.query);
  }

  #change(changes: Record<string, string | string[] | null>): void {
    this.dispatchEvent(new QueryEvent(listing(this.query, changes)));
  }

  protected override render(): TemplateResult {
    return html`<div class="panel">
      ${this.narrow ? this.#order() : nothing} ${this.#range()}
      <audit-staff-filter .context=${this.context} .chosen=${this.#state.getAll("staff")}
        @audit-staff=${(event: StaffEvent) => this.#change({ staff: event.detail })}></audit-staff-filter>
      ${this.#sources()}
    </div>`;
  }

  #range(): TemplateResult | typeof nothing {
    const { zone } = this.context;
    if (!zone) return nothing;
    const today = zone.day(new Date());
    const from = this.#state.get("from") ?? "";
    const to = this.#state.get("to") ?? "";
    const fault = backwards({ from, to });
    const preset = (text: string, day: string) =>
      html`<button aria-pressed=${from === day && !to} @click=${() => this.#change({ from: day, to: null })}>
        ${text}</button>`;
    return html`<fieldset>
      <legend>${words.range}</legend>
      <div class="presets">
        ${preset(words.anyTime, "")} ${preset(words.today, today)} ${preset(words.week, shifted(today, -6))}
        ${preset(words.month, shifted(today, -29))}
      </div>
      ${
      from.includes("T") || to.includes("T")
        ? this.#exact(from, to)
        : html`${this.#day("from", words.from, from)} ${this.#day("to", words.to, to)}`
    }
      ${fault ? html`<p class="small bad" role="alert">${fault}</p>` : nothing}
    </fieldset>`;
  }

  #day(name: "from" | "to", text: string, value: string): TemplateResult {
    return html`<label class="day"><span>${text}</span><input type="date" .value=${value}
      @change=${(event: Event) => this.#change({ [name]: (event.target as HTMLInputElement).value })}></label>`;
  }

  /** Bounds that are no days, such as the minutes around an entry. */
  #exact(from: string, to: string): TemplateResult {
    const { zone } = this.context;
    const text = (bound: string) => (Number.isNaN(Date.parse(bound)) ? bound : zone?.text(bound) ?? "");
    return html`<div class="exact">
      ${from ? html`<span>${words.from} ${text(from)}</span>` : nothing}
      ${to ? html`<span>${words.to} ${text(to)}</span>` : nothing}
      <button class="bare link" @click=${() => this.#change({ from: null, to: null })}>${words.clearRange}</button>
    </div>`;
  }

  #sources(): TemplateResult {
    const chosen = this.#state.getAll("source");
    const toggle = (source: string) =>
      this.#change({
        source: chosen.includes(source) ? chosen.filter((one) => one !== source) : [...chosen, source],
      });
    return html`
      <fieldset>
        <legend>${words.source}</legend>
        <div class="boxes">${(Object.entries(sources) as [Schemas["Source"], string][]).map(([source, text]) =>
          html`<label class="box"><input type="checkbox" .checked=${chosen.includes(source)}
          @change=${() => toggle(source)}><span>${text}</span></label>`
        )}</div>
      </fieldset>
    `;
  }

  #order(): TemplateResult {
    const oldest = this.#state.get("order") === "asc";
    return html`
      <fieldset>
        <legend>${words.order}</legend>
        <div class="presets">
          <button aria-pressed=${!oldest} @click=${() => this.#change({ sort: null, order: null })}>${words
            .newest}</button>
          <button aria-pressed=${oldest} @click=${() => this.#change({ order: "asc" })}>${words.oldest}</button>
        </div>
      </fieldset>
    `;
  }
}

customElements.define("audit-filters", Filters);
