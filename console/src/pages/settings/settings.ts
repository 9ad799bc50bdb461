/** Settings of the business: its name, its time zone, and where its portal shows records. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { type ApiError, isAborted, shown } from "../../api.ts";
import { typeName } from "../../elements/logs.ts";
import { failureState } from "../../table/states.ts";
import { zone } from "../../time.ts";
import { ConsolePage } from "../page.ts";
import { Unsaved } from "../unsaved.ts";
import { problem } from "../../table/problem.ts";
import { words, zoneUnknown } from "./words.ts";
import { allZones, changes, findZones, isZone, linkFault, type Settings } from "./zones.ts";

const TYPES = ["family", "student", "staff"];

class SettingsPage extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    css`
      form {
        display: grid;
        gap: 26px;
        max-width: 40em;
        margin-top: 18px;
      }
      .part,
      fieldset {
        display: grid;
        gap: 6px;
        min-width: 0;
      }
      fieldset {
        gap: 14px;
      }
      legend {
        padding: 0;
        margin-bottom: 2px;
      }
      .zone {
        position: relative;
      }
      .zone input {
        width: 100%;
      }
      .options {
        position: absolute;
        z-index: 5;
        inset-inline: 0;
        top: 100%;
        margin-top: 4px;
        max-height: 320px;
        overflow: auto;
        background: var(--paper);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        box-shadow: 0 8px 24px rgb(0 0 0 / 16%);
      }
      .options li {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        padding: 8px 12px;
        cursor: pointer;
      }
      .options li:hover,
      .options li[aria-selected="true"] {
        background: color-mix(in srgb, var(--accent) 10%, var(--paper));
      }
      .bottom {
        display: flex;
        gap: 8px;
        align-items: center;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    settings: { state: true },
    draft: { state: true },
    error: { state: true },
    saveError: { state: true },
    busy: { state: true },
    done: { state: true },
    asked: { state: true },
    line: { state: true },
    active: { state: true },
  };

  private settings: Settings | null = null;
  private draft: Settings | null = null;
  private error: ApiError | null = null;
  private saveError: ApiError | null = null;
  private busy = false;
  private done = false;
  private asked = false;
  /** What is typed to find a zone; null while the list is closed. */
  private line: string | null = null;
  private active = 0;

  readonly #abort = new AbortController();
  #zones: string[] = [];

  constructor() {
    super();
    new Unsaved(this, () => this.#changed);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  async #load(): Promise<void> {
    const { daybook } = this.context;
    this.error = null;
    try {
      const params = { path: { org: daybook.org } };
      const { signal } = this.#abort;
      this.#take(await daybook.ask((client) => client.GET("/v1/orgs/{org}/settings", { params, signal })));
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  #take(settings: Settings): void {
    this.settings = settings;
    this.draft = structuredClone(settings);
    this.asked = false;
  }

  async #save(event: Event): Promise<void> {
    event.preventDefault();
    const { settings, draft } = this;
    if (!settings || !draft) return;
    this.asked = true;
    this.done = false;
    await this.updateComplete;
    const wrong = this.renderRoot.querySelector<HTMLElement>("[aria-invalid=true]");
    if (wrong) return wrong.focus();
    const body = changes(settings, { ...draft, name: draft.name.trim() });
    if (!Object.keys(body).length) return;
    const { daybook } = this.context;
    this.busy = true;
    this.saveError = null;
    try {
      const params = { path: { org: daybook.org } };
      this.#take(await daybook.ask((client) => client.PUT("/v1/orgs/{org}/settings", { params, body })));
      this.done = true;
      // The bar at the top shows the name, and all pages the zone.
      this.dispatchEvent(new Event("daybook-settings", { bubbles: true, composed: true }));
    } catch (error) {
      this.saveError = shown(error);
    }
    this.busy = false;
  }

  /** Not while a save is under way: what it answers takes the place of the draft. */
  #change(change: Partial<Settings>): void {
    if (this.busy) return;
    if (this.draft) this.draft = { ...this.draft, ...change };
    this.done = false;
  }

  get #changed(): boolean {
    const { settings, draft } = this;
    return Boolean(settings && draft && Object.keys(changes(settings, draft)).length);
  }

  // -- what the person sees

  protected override render(): TemplateResult {
    return html`<h1 tabindex="-1">${words.title}</h1>${this.#content()}`;
  }

  #content(): TemplateResult | typeof nothing {
    if (this.error) return failureState(this.error, this.context.words, words.failure, () => this.#load());
    const { settings, draft } = this;
    if (!settings || !draft) return nothing;
    const changed = this.#changed;
    return html`<form @submit=${this.#save} novalidate>
      ${this.#name(draft)} ${this.#zone(draft)} ${this.#links(draft)}
      ${this.saveError ? problem(this.saveError, this.context.words, words.notSaved) : nothing}
      <p class=${this.done ? "notice good" : "unseen"} role="status">${this.done ? words.saved : ""}</p>
      <div class="bottom">
        <button class="main" ?disabled=${!changed || this.busy}>${words.save}</button>
        ${
      changed
        ? html`<button type="button" ?disabled=${this.busy} @click=${() => this.#take(settings)}>${words.undo}</button>`
        : html`<span class="dim small">${this.done ? "" : words.unchanged}</span>`
    }
      </div>
    </form>`;
  }

  #name({ name }: Settings): TemplateResult {
    const wrong = !name.trim();
    return html`
      <div class="part">
        <label for="name"><b>${words.name}</b></label>
        <input id="name" maxlength="256" autocomplete="off" ?readonly=${this.busy} .value=${name} aria-invalid=${wrong}
          aria-describedby="name-hint"
          @input=${(event: Event) => this.#change({ name: (event.target as HTMLInputElement).value })}>
        <p id="name-hint" class="small ${wrong ? "bad" : "dim"}">${wrong ? words.nameMissing : words.nameHint}</p>
      </div>
    `;
  }

  /** A combobox as the ARIA practices describe it: typing finds, arrows move, Enter takes. */
  #zone({ time_zone: name }: Settings): TemplateResult {
    const { line } = this;
    const found = line === null ? [] : this.#found(line);
    const meant = found[this.active] ?? line?.trim() ?? name;
    const known = this.#isKnown(meant);
    const now = known ? `${words.now}: ${zone(meant).text(new Date())} (${zone(meant).label})` : zoneUnknown(meant);
    return html`
      <div class="part">
        <label for="zone"><b>${words.zone}</b></label>
        <div class="zone">
          <input id="zone" role="combobox" autocomplete="off" spellcheck="false" maxlength="64" ?readonly=${this.busy}
            .value=${line ?? name}
            aria-expanded=${found.length > 0} aria-controls="zones" aria-autocomplete="list" aria-invalid=${!known}
            aria-describedby="zone-hint zone-now" aria-activedescendant=${found.length
              ? `zone-${this.active}`
              : nothing}
            @input=${this.#zoneTyped} @keydown=${(event: KeyboardEvent) => this.#zoneKey(event, found)}
            @focus=${(event: Event) => (event.target as HTMLInputElement).select()} @blur=${() => this.#zoneLeft()}>
          <ul id="zones" class="options" role="listbox" aria-label=${words.zones} ?hidden=${!found.length}>
                ${found.map((one, at) =>
                  html`
                    <li id="zone-${at}" role="option" aria-selected=${at === this.active}
                      @mousedown=${(event: Event) => (event.preventDefault(), this.#zoneTaken(one))}>
                                <span>${one}</span><span class="dim">${zone(one).label}</span></li>
                  `
                )}
              </ul>
        </div>
        <p id="zone-now" class="small ${known ? "number" : "bad"}">${now}</p>
        <p id="zone-hint" class="small dim">${words.zoneHint}</p>
      </div>
    `;
  }

  get #all(): string[] {
    if (!this.#zones.length) this.#zones = allZones();
    return this.#zones;
  }

  /** One of the list, or the one that is kept. Browsers know others, such as EST, which has no summer time. */
  #isKnown(name: string): boolean {
    return this.#all.includes(name) || (name === this.settings?.time_zone && isZone(name));
  }

  #found(line: string): string[] {
    return findZones(line, this.#all, (one) => zone(one).label);
  }

  #zoneTyped(event: Event): void {
    this.line = (event.target as HTMLInputElement).value;
    this.active = 0;
  }

  #zoneKey(event: KeyboardEvent, found: string[]): void {
    if (this.busy) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      if (this.line === null) Object.assign(this, { line: "", active: 0 });
      else if (found.length) this.active = (this.active + by + found.length) % found.length;
      return;
    }
    const chosen = found[this.active];
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      this.#zoneTaken(chosen);
    }
    if (event.key === "Escape") this.line = null;
  }

  #zoneTaken(name: string): void {
    this.line = null;
    this.#change({ time_zone: name });
  }

  /** The highlighted zone is taken, and a text that is none stays. Where nothing was chosen, nothing changes. */
  #zoneLeft(): void {
    const { line, active } = this;
    this.line = null;
    const typed = line?.trim() ?? "";
    if (line !== null && (typed || active)) this.#change({ time_zone: this.#found(line)[active] ?? typed });
  }

  #links({ record_url: links }: Settings): TemplateResult {
    const types = [...new Set([...TYPES, ...Object.keys(links)])];
    return html`<fieldset>
      <legend><b>${words.links}</b></legend>
      <p class="small dim">${words.linksHint}</p>
      ${types.map((type) => this.#link(type, links[type] ?? ""))}
    </fieldset>`;
  }

  #link(type: string, url: string): TemplateResult {
    const fault = this.asked ? linkFault(url) : null;
    const text = fault === "scheme" ? words.linkScheme : fault === "id" ? words.linkId : "";
    return html`
      <div class="part">
        <label for="link-${type}">${typeName(type)}</label>
        <input id="link-${type}" type="url" autocomplete="off" spellcheck="false" maxlength="2048" ?readonly=${this
          .busy}
          .value=${url}
          placeholder=${type === "family"
            ? words.example
            : ""} aria-invalid=${fault !== null} aria-describedby="fault-${type}"
          @input=${(event: Event) =>
            this.#change({
              record_url: { ...this.draft?.record_url, [type]: (event.target as HTMLInputElement).value },
            })}>
        <p id="fault-${type}" class="small bad" ?hidden=${!text}>${text}</p>
      </div>
    `;
  }
}

customElements.define("console-settings", SettingsPage);
