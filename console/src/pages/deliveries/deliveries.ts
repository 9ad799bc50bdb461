/** Deliveries: what became of the messages of the last days, and the ones that did not arrive. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, isAborted, shown } from "../../api.ts";
import { type Exported, Exporting } from "../../exports/button.ts";
import { icon } from "../../icons.ts";
import { phone } from "../../elements/logs.ts";
import { changed, href } from "../../route.ts";
import { router } from "../../shell/router.ts";
import { failureNotice, failureState } from "../../table/states.ts";
import type { Definition } from "../../table/table.ts";
import { dayText } from "../../time.ts";
import { ConsolePage } from "../page.ts";
import { RecordNames } from "../record-names.ts";
import { chart, chartLook } from "./chart.ts";
import {
  asked,
  byDay,
  type Class,
  CLASSES,
  type Counted,
  DAYS,
  daysUntil,
  isWhole,
  type Listed,
  listed,
  logsSeen,
  type MessageLog,
  recipientOf,
  shifted,
  total,
  WEEK,
} from "./counts.ts";
import { messageList, type MessageRow } from "./list.ts";
import { countedBackTo, quiet, undelivered } from "./week.ts";
import { classes, listTitle, nothingListed, ofDays, onDay, toRecipient, wholeWanted, words } from "./words.ts";

type Loaded = { counts: Counted[]; log: MessageLog; until: string; back: string | null };

/** Grey rows as long as nothing is known: as high as the counts. */
const COUNT_ROWS = 8;
/** The list as one comes to it: nothing narrows it. */
const WHOLE = { class: null, status: null, day: null, days: null };

class Deliveries extends ConsolePage {
  static override styles = [
    ...ConsolePage.styles,
    chartLook,
    css`
      .head,
      .days,
      .find {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        justify-content: space-between;
      }
      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      .chips a {
        display: inline-flex;
        gap: 7px;
        align-items: center;
        min-height: 40px;
        padding-inline: 14px;
        border: 1px solid var(--line);
        border-radius: 999px;
        color: var(--ink);
      }
      .chips a:hover {
        background: var(--soft);
        text-decoration: none;
      }
      .chips a[aria-current="true"] {
        border-color: var(--accent);
        color: var(--accent);
        background: color-mix(in srgb, var(--accent) 9%, var(--paper));
      }
      .week {
        margin-top: 14px;
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
      }
      .week li {
        padding-block: 4px;
      }
      .days {
        margin-top: 20px;
      }
      .list {
        margin-top: 26px;
        padding-top: 20px;
        border-top: 1px solid var(--line);
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      #listed {
        scroll-margin-top: 72px;
        outline-offset: 4px;
      }
      .find {
        justify-content: start;
        gap: 8px;
      }
      .find input {
        flex: 1 1 260px;
        min-width: 0;
        max-width: 30em;
        text-overflow: ellipsis;
      }
      @media (max-width: 640px) {
        .find input {
          flex-basis: 140px;
        }
      }
      .stale {
        opacity: 0.55;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    loaded: { state: true },
    error: { state: true },
  };

  private loaded: Loaded | null = null;
  private error: ApiError | null = null;

  readonly #exporting = new Exporting(this);
  #abort = new AbortController();
  #asked = "";
  #reveal = false;
  #definition: { key: string; of: Definition<MessageRow> } | undefined;
  #names: RecordNames | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    this.#names?.stop();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    const { until, recipient } = this.#list;
    const asked = `${this.#log} ${until}`;
    if (recipient || asked === this.#asked) return;
    this.#asked = asked;
    this.#load();
  }

  protected override updated(changes: PropertyValues): void {
    super.updated(changes);
    if (!this.#reveal || !changes.has("route")) return;
    this.#reveal = false;
    const heading = this.renderRoot.querySelector<HTMLElement>("#listed");
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView({ block: "start" });
  }

  /** Whoever has chosen a day or a class above wants to see its list. */
  #chosen(event: Event): void {
    const inside = event.composedPath();
    this.#reveal = inside.some((node) => node instanceof Element && node.matches("g, .numbers a, .week a"));
  }

  get #logs(): MessageLog[] {
    return logsSeen(this.me.permissions);
  }

  get #log(): MessageLog {
    const asked = this.route.query.get("log");
    return this.#logs.find((log) => log === asked) ?? this.#logs[0] ?? "email";
  }

  get #today(): string {
    return this.context.zone?.day(new Date()) ?? new Date().toISOString().slice(0, 10);
  }

  get #list(): Listed {
    return listed(this.route.query, this.#log, this.#today);
  }

  async #load(): Promise<void> {
    const { daybook } = this.context;
    const log = this.#log;
    const { until } = this.#list;
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    this.error = null;
    try {
      const params = { path: { org: daybook.org }, query: { log, from: shifted(until, 1 - DAYS), to: until } };
      const { counts, range } = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/messages/counts", { params, signal })
      );
      const back = range && this.context.zone ? this.context.zone.date(range.from) : null;
      this.loaded = { counts, log, until, back };
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  /** This page with some of its state changed; what changes the list begins at its first page. */
  #to(changes: Record<string, string | null>): string {
    const query = changed(this.route.query, { cursor: null, page: null, ...changes });
    return href({ page: "deliveries", org: this.context.daybook.org }, query);
  }

  #find(event: SubmitEvent): void {
    event.preventDefault();
    router.go(this.#to({ recipient: this.#typed, ...WHOLE }));
  }

  #findTyped(): void {
    if (this.#typed !== this.#list.recipient) router.go(this.#to({ recipient: this.#typed, ...WHOLE }));
  }

  get #typed(): string {
    const text = this.renderRoot.querySelector<HTMLInputElement>("[name=recipient]")?.value ?? "";
    return recipientOf(text, this.#log);
  }

  // -- what the person sees

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h1 tabindex="-1">${words.title}</h1>
        ${this.#logs.length > 1 ? this.#logChips() : nothing}
      </div>
      ${this.#list.recipient ? nothing : html`<div @click=${this.#chosen}>${this.#counts()}</div>`}
      <section class="list" aria-labelledby="listed">${this.#listed()}</section>
    `;
  }

  #logChips(): TemplateResult {
    return html`<nav class="chips" aria-label=${words.logs}>${
      this.#logs.map((log) =>
        html`
          <a href=${this.#to({ log, recipient: null, ...WHOLE })}
            aria-current=${log === this.#log}>${icon(log === "email" ? "mail" : "sms")} ${words[log]}</a>
        `
      )
    }</nav>`;
  }

  #counts(): TemplateResult | typeof nothing {
    const { loaded, error } = this;
    const retry = () => this.#load();
    if (error && (!loaded || loaded.log !== this.#log)) {
      return failureState(error, this.context.words, words.failure.counts, retry);
    }
    if (!loaded || loaded.log !== this.#log) return this.loading(COUNT_ROWS);
    const list = this.#list;
    const days = daysUntil(loaded.until);
    const stale = loaded.until !== list.until;
    return html`
      ${error ? failureNotice(error, this.context.words, words.failure.counts.what, "", retry) : nothing}
      ${loaded.until === this.#today ? this.#week(loaded, days) : nothing}
      ${this.#period(days)}
      <div class=${stale ? "stale" : ""}>
        ${chart({
          days: byDay(loaded.counts, days),
          shown: CLASSES[loaded.log],
          link: (day, one) => this.#to({ ...WHOLE, day, class: one ?? "all", recipient: null }),
          open: (to) => router.go(to),
          now: { day: list.day, class: list.class },
        })}
      </div>
      ${loaded.back ? html`<p class="small dim">${countedBackTo(loaded.back)}</p>` : nothing}
    `;
  }

  /** Why one comes here, in a line: each links to its list. */
  #week({ counts, log }: Loaded, days: string[]): TemplateResult {
    const found = undelivered(
      counts,
      days,
      log,
      (status) => this.#to({ ...WHOLE, status, days: String(WEEK), recipient: null }),
    );
    if (!found.length) return html`<p class="week dim">${quiet}</p>`;
    return html`<ul class="week"><li class="dim">${words.week}</li>${
      found.map(({ to, text }) => html`<li><a href=${to}>${text}</a></li>`)
    }</ul>`;
  }

  #period(days: string[]): TemplateResult {
    const { until } = this.#list;
    const first = days[0] ?? until;
    const later = shifted(until, DAYS) >= this.#today ? null : shifted(until, DAYS);
    return html`
      <div class="days">
        <h2>${dayText(first)} – ${dayText(days.at(-1) ?? until)}</h2>
        <div class="pages">
              <a class="button" href=${this.#to({ until: shifted(first, -1), day: null, days: null })}>${icon(
                "left",
              )} ${words
                .earlier}</a>
              ${until < this.#today
                ? html`<a class="button" href=${this.#to({ until: later, day: null, days: null })}>${words.later} ${
                  icon("right")
                }</a>`
                : nothing}
            </div>
      </div>
    `;
  }

  #listed(): TemplateResult {
    const list = this.#list;
    const exported = this.#exported(list);
    return html`
      <h2 id="listed" tabindex="-1">${listTitle(this.#log, list.class, list.status)} ${this.#when(list)}</h2>
      <form class="find" role="search" @submit=${this.#find}>
        <input type="search" name="recipient" .value=${list.recipient} placeholder=${words.find}
          aria-label=${words.find} autocomplete="off" spellcheck="false" maxlength="400">
        <button>${words.findButton}</button>
        ${list.recipient || list.day || list.week
          ? html`<a class="button" href=${this.#to({ recipient: null, ...WHOLE })}>${words.clear}</a>`
          : nothing} ${this.#exporting.button(this.context, exported, () => this.#findTyped())}
      </form>
      ${this.#exporting.panel(this.context, exported)}
      <nav class="chips" aria-label=${words.show}>${this.#classChips(list)}</nav>
      <daybook-table .context=${this.context} .definition=${this.#messages(list)}
        .query=${this.route.query.toString()} @daybook-query=${this.keep}></daybook-table>
    `;
  }

  #exported(list: Listed): Exported {
    const { status = [], recipient, from, to } = asked(list, this.#log);
    const filters = { log: [this.#log], status, recipient: recipient ? [recipient] : [] };
    return { list: "messages", query: { from, to, filters } };
  }

  #classChips(list: Listed): TemplateResult[] {
    const days = this.loaded?.log === this.#log && this.loaded.until === list.until && !list.recipient
      ? byDay(this.loaded.counts, list.day ? [list.day] : daysUntil(list.until, list.week ? WEEK : DAYS))
      : null;
    const all: (Class | null)[] = [...CLASSES[this.#log], null];
    return all.map((one) => {
      const current = list.status === null && list.class === one;
      const count = days && one
        ? html`
          <span class="dim number">${total(days, one).toLocaleString("en-US")}</span>
        `
        : "";
      return html`<a href=${this.#to({ class: one ?? "all", status: null })} aria-current=${current}>${
        one
          ? html`<span class="mark ${classes[one].tone}">${icon(classes[one].sign, 14)}</span> ${classes[one].text}`
          : words.all
      }${count}</a>`;
    });
  }

  /** Of which days and to whom. */
  #when(list: Listed): string {
    const day = list.day ? onDay(dayText(list.day)) : "";
    if (list.recipient) return [toRecipient(phone(list.recipient)), day].filter(Boolean).join(" ");
    return day || ofDays(dayText(list.from), dayText(list.until));
  }

  /** Made again where it is of something else: then the table loads. */
  #messages(list: Listed): Definition<MessageRow> {
    const key = JSON.stringify([this.#log, list]);
    if (this.#definition?.key === key) return this.#definition.of;
    this.#names ??= new RecordNames(this.context.daybook, () => this.#table?.requestUpdate());
    const empty = nothingListed(this.#log, list.class, list.status, this.#when(list));
    const { recipient } = list;
    const half = recipient && !isWhole(recipient, this.#log) ? wholeWanted(this.#log, recipient) : "";
    this.#definition = { key, of: messageList(this.#log, this.#names, () => this.#list, empty, half) };
    return this.#definition.of;
  }

  get #table() {
    return this.renderRoot.querySelector("daybook-table") as HTMLElement & { requestUpdate(): void } | null;
  }
}

customElements.define("console-deliveries", Deliveries);
