/** The start page: finds a record by name, id, address or phone number, and says where else the line leads. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, type Block, isAborted, type RecordHead, type Schemas, shown } from "../api.ts";
import { time, typeName } from "../elements/logs.ts";
import { icon } from "../icons.ts";
import { href, isRecordType } from "../route.ts";
import { router } from "../shell/router.ts";
import { blockStatus } from "../words/elements.ts";
import { finder as words } from "../words/finder.ts";
import { emptyState, failureNotice, failureState } from "../table/states.ts";
import type { Zone } from "../time.ts";
import { daysUntil, logsSeen, type MessageLog, WEEK } from "./deliveries/counts.ts";
import { countedBackTo, quiet, type Undelivered, undelivered } from "./deliveries/week.ts";
import { ConsolePage } from "./page.ts";
import { recent } from "./recent.ts";

type Found = Pick<Schemas["FoundRecords"], "entries" | "more">;
type Listed = { type: string; id: string; name?: string };

/** What did not arrive lately; `back` is the day from which it was counted, where not all of it was. */
type Week = { log: MessageLog; lines: Undelivered[]; back: string | null };

/** Of so many records is read when something happened last. */
const HEADS = 12;
/** Grey rows as long as nothing is known: about as many as come. */
const [WEEK_ROWS, RESULT_ROWS] = [4, 6];
/** Where a field that has the focus opens no keyboard over the page. */
const DESK = matchMedia("(min-width: 781px) and (hover: hover) and (pointer: fine)");

class Finder extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    css`
      form {
        display: flex;
        gap: 8px;
        max-width: 560px;
        margin-top: 16px;
      }
      form input {
        flex: 1;
        min-width: 0;
      }
      .hint {
        margin-top: 10px;
      }
      section {
        margin-top: 26px;
        max-width: 760px;
      }
      h2 {
        font-size: 13px;
        color: var(--dim);
        font-weight: 600;
        padding-bottom: 6px;
        border-bottom: 1px solid var(--line);
      }
      li {
        border-bottom: 1px solid var(--line);
      }
      li a {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 16px;
        padding: 9px 8px;
        margin-inline: -8px;
        border-radius: var(--radius);
        color: inherit;
      }
      li a:hover {
        background: var(--soft);
        text-decoration: none;
      }
      li .name {
        color: var(--accent);
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      li .facts {
        grid-column: 1 / -1;
        min-height: 19px;
      }
      section .skeleton {
        padding-top: 0;
      }
      .else a {
        display: flex;
        gap: 10px;
        align-items: center;
        color: var(--accent);
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    found: { state: true },
    heads: { state: true },
    block: { state: true },
    blockError: { state: true },
    error: { state: true },
    week: { state: true },
    weekError: { state: true },
  };

  private found: Found | null = null;
  private heads: ReadonlyMap<string, RecordHead> = new Map();
  /** Null as long as it is not known, or where the line is no address. */
  private block: Block | "none" | null = null;
  private blockError: ApiError | null = null;
  private error: ApiError | null = null;
  /** Null as long as it is not known. */
  private week: Week[] | null = null;
  private weekError: ApiError | null = null;

  #abort = new AbortController();
  #asked = "";
  #weekAsked = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  protected override willUpdate(changes: PropertyValues): void {
    if (changes.has("route") && this.#line !== this.#asked) this.#load();
    if (!this.#line && this.context.zone && !this.#weekAsked) this.#loadWeek(this.context.zone);
  }

  /** Whoever opens the console wants to look for somebody; whoever comes from another page gets its heading. */
  protected override firstUpdated(): void {
    if (!this.#line && DESK.matches && document.activeElement === document.body) this.#field?.focus();
  }

  get #field(): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>("input");
  }

  /** "/" leads to a field to search in, and here one is. */
  #key(event: KeyboardEvent): void {
    if (event.key === "/" && !this.#field?.value) event.preventDefault();
  }

  get #line(): string {
    return this.route.query.get("q")?.trim() ?? "";
  }

  async #load(): Promise<void> {
    const q = this.#asked = this.#line;
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    Object.assign(this, { error: null, found: null, block: null, blockError: null, heads: new Map() });
    if (!q) return;
    const { daybook } = this.context;
    if (q.includes("@") && this.may("blacklist")) this.#loadBlock(q, signal);
    try {
      const params = { path: { org: daybook.org }, query: { q, limit: 50 } };
      this.found = await daybook.ask((client) => client.GET("/v1/orgs/{org}/records", { params, signal }));
      const first = this.found.entries.slice(0, HEADS);
      await Promise.all(first.map((record) => this.#loadHead(record, signal)));
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  async #loadWeek(zone: Zone): Promise<void> {
    this.#weekAsked = true;
    this.weekError = null;
    try {
      this.week = await Promise.all(logsSeen(this.me.permissions).map((log) => this.#undelivered(log, zone)));
    } catch (error) {
      this.weekError = shown(error);
    }
  }

  async #undelivered(log: MessageLog, zone: Zone): Promise<Week> {
    const { daybook } = this.context;
    const days = daysUntil(zone.day(new Date()), WEEK);
    const params = { path: { org: daybook.org }, query: { log, from: days[0]!, to: days.at(-1)! } };
    const { counts, range } = await daybook.ask((client) => client.GET("/v1/orgs/{org}/messages/counts", { params }));
    const lines = undelivered(counts, days, log, (status) => {
      const query = new URLSearchParams({ log, status, days: String(WEEK) });
      return href({ page: "deliveries", org: daybook.org }, query);
    });
    return { log, lines, back: range ? zone.date(range.from) : null };
  }

  /** What is beside a name is an extra: the record is listed without it where it cannot be had. */
  async #loadHead({ type, id }: Listed, signal: AbortSignal): Promise<void> {
    if (!isRecordType(type)) return;
    try {
      const head = await this.context.daybook.head({ type, id }, signal);
      if (!signal.aborted) this.heads = new Map([...this.heads, [`${type}/${id}`, head]]);
    } catch (error) {
      if (!isAborted(error)) console.warn(shown(error).message);
    }
  }

  async #loadBlock(address: string, signal: AbortSignal): Promise<void> {
    this.blockError = null;
    const { daybook } = this.context;
    const params = { path: { org: daybook.org }, query: { address } };
    try {
      const page = await daybook.ask((client) => client.GET("/v1/orgs/{org}/blacklist", { params, signal }));
      if (!signal.aborted) this.block = page.entries[0] ?? "none";
    } catch (error) {
      // Half an address is none, and on no list.
      if (!isAborted(error) && shown(error).status !== 422) this.blockError = shown(error);
    }
  }

  #find(event: SubmitEvent): void {
    event.preventDefault();
    const q = this.#field?.value.trim() ?? "";
    router.go(this.#to(q));
  }

  #to(q: string): string {
    return href({ page: "finder", org: this.context.daybook.org }, q ? new URLSearchParams({ q }) : undefined);
  }

  protected override render(): TemplateResult {
    const line = this.#line;
    return html`<h1 tabindex="-1">${line ? words.results(line) : words.title}</h1>
      ${line ? this.#results(line) : this.#start()}`;
  }

  #start(): TemplateResult {
    const opened = recent();
    return html`
      <form role="search" @submit=${this.#find}>
        <input type="search" aria-label=${words.title} autocomplete="off" spellcheck="false" enterkeyhint="search"
          @keydown=${this.#key}>
        <button class="main">${words.find}</button>
      </form>
      <p class="hint small dim">${words.start}</p>
      ${opened.length ? this.#group("recent", words.recent, opened) : nothing} ${this.#undeliveredLately()}
    `;
  }

  /** What somebody may have to see to, before it is asked for. */
  #undeliveredLately(): TemplateResult | typeof nothing {
    const { weekError, context: { words: say, zone } } = this;
    if (weekError) {
      return this.#week(failureNotice(weekError, say, words.weekCounts, "", () => zone && this.#loadWeek(zone)));
    }
    if (!this.week) {
      return this.#week(html`<div aria-busy="true">${this.loading(WEEK_ROWS)}</div>`);
    }
    if (!this.week.length) return nothing;
    const lines = this.week.flatMap(({ log, lines }) =>
      lines.map(({ to, text }) => html`<li><a href=${to}>${icon(log === "email" ? "mail" : "sms")} ${text}</a></li>`)
    );
    const back = this.week.flatMap(({ back }) => back ?? []);
    return this.#week(html`${lines.length ? html`<ul>${lines}</ul>` : html`<p class="hint dim">${quiet}</p>`}
      ${back.map((day) => html`<p class="hint small dim">${countedBackTo(day)}</p>`)}`);
  }

  #week(content: TemplateResult): TemplateResult {
    return html`
      <section class="else" aria-labelledby="week">
        <h2 id="week">${words.week}</h2>
        ${content}
      </section>
    `;
  }

  #results(line: string): TemplateResult {
    const { found } = this;
    const said = found ? [`${words.found(found.entries.length)}.`, found.more ? words.more : ""].join(" ") : "";
    return html`
      <p class="unseen" role="status">${said}</p>
      <div aria-busy=${!found && !this.error}>${found ? this.#found(line, found) : this.#notFound()}</div>
    `;
  }

  #notFound(): TemplateResult {
    if (this.error) return failureState(this.error, this.context.words, words.failure, () => this.#load(), true);
    return html`
      <section>${this.loading(RESULT_ROWS)}</section>
    `;
  }

  #found(line: string, { entries, more }: Found): TemplateResult {
    const types = [...new Set(entries.map(({ type }) => type))];
    return html`${
      entries.length
        ? types.map((type) =>
          this.#group(type, words.groups[type] ?? typeName(type), entries.filter((record) => record.type === type))
        )
        : emptyState(words.nothing(line), html`<p class="small">${words.nothingNext(line)}${this.#hidden}</p>`)
    }
      ${more ? html`<p class="hint dim">${words.more}</p>` : nothing} ${this.#elsewhere(line)}`;
  }

  /** Students have no other logs than these. */
  get #hidden(): string {
    return this.may("activity_log") || this.may("audit_log") ? "" : ` ${words.hidden}`;
  }

  #group(id: string, title: string, records: readonly Listed[]): TemplateResult {
    return html`
      <section aria-labelledby=${id}>
        <h2 id=${id}>${title}</h2>
        <ul>${records.map((record) => this.#record(record))}</ul>
      </section>
    `;
  }

  #record(record: Listed): TemplateResult {
    const head = this.heads.get(`${record.type}/${record.id}`);
    return html`<li><a href=${this.context.links.record?.(record) ?? ""}>
      <span class="name">${record.name ?? record.id}</span><span class="dim">${record.id}</span>
      ${head ? html`<span class="facts small dim">${this.#facts(head)}</span>` : nothing}</a></li>`;
  }

  #facts({ logs, blacklisted, on_hold }: RecordHead): unknown[] {
    const last = logs.flatMap(({ last_at }) => last_at ?? []).sort().at(-1);
    const facts: unknown[] = [
      last ? html`${words.lastActivity} ${time(last, this.context)}` : words.noActivity,
    ];
    if (blacklisted) facts.push(html`<span class="warn">${words.blacklisted(blacklisted)}</span>`);
    if (on_hold) facts.push(words.onHold);
    return facts.flatMap((fact, at) => at ? [" · ", fact] : [fact]);
  }

  #elsewhere(line: string): TemplateResult | typeof nothing {
    const { org } = this.context.daybook;
    const links: TemplateResult[] = [];
    if (this.block) {
      const said = this.block === "none"
        ? words.free(line)
        : `${words.block(this.block.address)}: ${blockStatus[this.block.status].text}`;
      const to = href({ page: "blacklist", org }, new URLSearchParams({ q: line }));
      links.push(html`<a href=${to}>${icon(this.block === "none" ? "check" : "warn")} ${said}</a>`);
    }
    if (this.may("audit_log")) {
      const to = href({ page: "audit", org }, new URLSearchParams({ q: line }));
      links.push(html`<a href=${to}>${icon("audit")} ${words.audit(line)}</a>`);
    }
    if (this.blockError) {
      const again = () => this.#loadBlock(line, this.#abort.signal);
      links.push(failureNotice(this.blockError, this.context.words, words.whether(line), "", again));
    }
    if (!links.length) return nothing;
    return html`
      <section class="else" aria-labelledby="else">
        <h2 id="else">${words.elsewhere}</h2>
        <ul>${links.map((link) => html`<li>${link}</li>`)}</ul>
      </section>
    `;
  }
}

customElements.define("console-finder", Finder);
