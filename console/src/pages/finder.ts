/** The start page: finds a record by name, id, address or phone number. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, isAborted, type Schemas, shown } from "../api.ts";
import { typeName } from "../elements/logs.ts";
import { finder as words } from "../words/console.ts";
import { emptyState, failureState } from "../table/states.ts";
import { ConsolePage } from "./page.ts";

class Finder extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    css`
      .groups {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(260px, 1fr));
        gap: 24px;
        margin-top: 20px;
      }
      h2 {
        font-size: 13px;
        color: var(--dim);
        font-weight: 600;
        padding-bottom: 6px;
        border-bottom: 1px solid var(--line);
      }
      li a {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        padding: 9px 8px;
        margin-inline: -8px;
        border-radius: var(--radius);
      }
      li a:hover {
        background: var(--soft);
        text-decoration: none;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    found: { state: true },
    error: { state: true },
  };

  private found: Pick<Schemas["FoundRecords"], "entries" | "more"> | null = null;
  private error: ApiError | null = null;

  #abort = new AbortController();
  #asked = "";

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  protected override willUpdate(changes: PropertyValues): void {
    if (changes.has("route") && this.#line !== this.#asked) this.#load();
  }

  get #line(): string {
    return this.route.query.get("q")?.trim() ?? "";
  }

  async #load(): Promise<void> {
    const q = this.#asked = this.#line;
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    this.error = null;
    this.found = null;
    if (!q) return;
    const { daybook } = this.context;
    try {
      this.found = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records", {
          params: { path: { org: daybook.org }, query: { q, limit: 50 } },
          signal,
        })
      );
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  protected override render(): TemplateResult {
    return html`<h1 tabindex="-1">${this.#line ? words.results(this.#line) : words.title}</h1>${this.#content()}`;
  }

  #content(): TemplateResult | typeof nothing {
    if (this.error) {
      return failureState(this.error, this.context.words, words.failure, () => this.#load());
    }
    if (!this.#line) return emptyState(words.start);
    if (!this.found) return nothing;
    if (!this.found.entries.length) return emptyState(words.nothing(this.#line));
    const types = [...new Set(this.found.entries.map(({ type }) => type))];
    return html`<div class="groups">${types.map((type) => this.#group(type))}</div>`;
  }

  #group(type: string): TemplateResult {
    const records = this.found?.entries.filter((record) => record.type === type) ?? [];
    return html`
      <section aria-labelledby=${type}>
        <h2 id=${type}>${typeName(type)}</h2>
        <ul>${records.map((record) =>
          html`<li><a href=${this.context.links.record?.(record) ?? ""}><span>${record.name ?? record.id}</span>
          <span class="dim">${record.id}</span></a></li>`
        )}</ul>
      </section>
    `;
  }
}

customElements.define("console-finder", Finder);
