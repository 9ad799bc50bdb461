/** `<daybook-record>`: a family, student or staff member with all their logs. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, isAborted, type RecordHead, shown } from "../api.ts";
import { icon } from "../icons.ts";
import { changed } from "../route.ts";
import { logName } from "../words/elements.ts";
import type { Context } from "../table/context.ts";
import { listen } from "../table/keys.ts";
import { own } from "../table/query.ts";
import { deniedState, failureState } from "../table/states.ts";
import { DaybookElement, type OpenEvent } from "./base.ts";
import { logOf } from "./log.ts";
import { failureOf, type LogName, typeName } from "./logs.ts";
import { emailDialog, entryDrawer, timeline } from "./later.ts";
import { tabs } from "./tabs.ts";
import "./blacklist.ts";

type Tab = "communication" | "logs" | "everything";

const LOGS: Record<Exclude<Tab, "everything">, LogName[]> = {
  communication: ["email", "sms", "push"],
  logs: ["activity", "audit"],
};

export class RecordElement extends DaybookElement {
  static override styles = [
    ...DaybookElement.styles,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 16px;
        align-items: center;
        justify-content: space-between;
        margin-bottom: 10px;
        min-height: 40px;
      }
      @media (max-width: 640px) {
        .actions {
          flex: 1 0 100%;
          min-height: 40px;
        }
      }
      .title {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: baseline;
        min-width: 0;
      }
      .hold {
        display: inline-flex;
        gap: 5px;
        align-items: center;
        padding: 1px 9px;
        border-radius: 999px;
        font-size: 13px;
        color: var(--warn);
        background: color-mix(in srgb, var(--warn) 11%, var(--paper));
      }
      .actions {
        display: flex;
        gap: 4px;
        margin-inline: -8px;
      }
      .actions a {
        border-color: transparent;
        color: var(--accent);
        background: none;
        padding: 0 8px;
      }
      daybook-blacklist {
        margin-top: 16px;
      }
      .minor {
        margin-top: 14px;
      }
      .note {
        margin-top: 12px;
      }
      .waits {
        visibility: hidden;
        animation: seen 0s 2500ms forwards;
      }
      @keyframes seen {
        to {
          visibility: visible;
        }
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    head: { state: true },
    error: { state: true },
    copied: { state: true },
    settled: { state: true },
  };

  private head: RecordHead | null = null;
  private error: ApiError | null = null;
  private copied = false;
  /** Whether it is known who is blacklisted: what stands below does not jump then. */
  private settled = false;

  #abort = new AbortController();
  #stopKeys = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    const tabs = ["1", "2", "3", "4", "5", "6"].map((key, at) => [key, () => this.#tab(at)] as const);
    this.#stopKeys = listen(this, { ...Object.fromEntries(tabs), c: () => this.#copy() });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    this.#stopKeys();
  }

  #tab(at: number): void {
    const tab = this.renderRoot.querySelectorAll<HTMLElement>("[role=tab]")[at];
    tab?.click();
    tab?.focus();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    const context = this.shared;
    if (context && this.isAnother(context)) this.#load(context);
  }

  async #load({ daybook }: Context): Promise<void> {
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    this.head = null;
    this.error = null;
    this.settled = false;
    try {
      this.head = await daybook.head(this.key, signal);
      this.dispatchEvent(new CustomEvent("daybook-head", { detail: this.head }));
    } catch (error) {
      if (isAborted(error)) return;
      this.error = shown(error);
      if (this.error.failure !== "denied") return;
      const detail = { what: this.record };
      this.dispatchEvent(new CustomEvent("daybook-denied", { detail, bubbles: true, composed: true }));
    }
  }

  get #state(): URLSearchParams {
    return new URLSearchParams(this.query);
  }

  /** The logs that this person may see; all that the type has until that is known, so that lists come at once. */
  get #logs(): LogName[] {
    return this.head ? this.head.logs.map(({ log }) => log).filter(isLog) : this.#possible;
  }

  /** Those that a record of this type has. */
  get #possible(): LogName[] {
    const all: LogName[] = [...LOGS.communication, ...LOGS.logs];
    return all.filter((log) =>
      (log !== "push" || this.key.type === "family") &&
      (this.key.type !== "student" || LOGS.logs.includes(log))
    );
  }

  #tabs(words: Context["words"]): { key: Tab; label: string }[] {
    const logs = this.#logs;
    const list: { key: Tab; label: string }[] = [];
    if (LOGS.communication.some((log) => logs.includes(log))) {
      list.push({ key: "communication", label: words.communication });
    }
    if (LOGS.logs.some((log) => logs.includes(log))) list.push({ key: "logs", label: words.logs });
    if (logs.length > 1) list.push({ key: "everything", label: words.everything });
    return list;
  }

  /** What the address asks for, and the person may not see: whoever followed a link is told so. */
  get #deniedLog(): LogName | undefined {
    const tab = this.#state.get("tab");
    const asked = this.#state.get("log");
    const logs = tab === "communication" || tab === "logs"
      ? LOGS[tab].filter((log) => this.#possible.includes(log))
      : [];
    const wanted = asked ? logs.filter((log) => log === asked) : logs;
    return wanted.some((log) => this.#logs.includes(log)) ? undefined : wanted[0];
  }

  /** Another tab or log begins with a state of its own. */
  #choose(changes: { tab?: Tab; log?: LogName }): void {
    const query = this.#state;
    for (const name of [...own(["status", "channel"]), "log", "email", "entry"]) query.delete(name);
    this.change(changed(query, changes).toString());
  }

  #open(event: OpenEvent): void {
    if (event.target === this) return;
    event.stopPropagation();
    event.preventDefault();
    const { email = null, entry = null } = event.detail;
    if (this.chosen(event.detail) && (email || entry)) this.#show({ email, entry });
  }

  #show(opened: { email: string | null; entry: string | null }): void {
    this.change(changed(this.#state, opened).toString());
  }

  async #copy(): Promise<void> {
    if (!this.shared?.links.record) return;
    await navigator.clipboard.writeText(location.href);
    this.copied = true;
    setTimeout(() => this.copied = false, 2000);
  }

  protected override content(context: Context): TemplateResult {
    const { words } = context;
    if (this.error) {
      const say = { what: words.theRecord, denied: words.noRecordAccess, missing: words.recordMissing };
      return html`${this.#head(context)}${failureState(this.error, words, say, () => this.#load(context))}`;
    }
    const list = this.#tabs(words);
    const denied = this.#deniedLog;
    const tab = list.find(({ key }) => key === this.#state.get("tab"))?.key ?? (denied ? undefined : list[0]?.key);
    const email = this.#state.get("email");
    const entry = this.#state.get("entry");
    const close = () => this.#show({ email: null, entry: null });
    return html`${this.#head(context)}
      ${list.length > 1 ? tabs(words.record, list, tab, (key) => this.#choose({ tab: key })) : nothing}
      <div @daybook-open=${this.#open} @daybook-query=${this.taken}>
        ${denied ? deniedState(failureOf(denied, this.key.type).denied) : this.#panel(tab, context)}
      </div>
      ${email ? emailDialog(context, this.record, email, close) : nothing}
      ${entry ? entryDrawer(context, entry, close) : nothing}`;
  }

  #panel(tab: Tab | undefined, context: Context): TemplateResult | typeof nothing {
    if (tab === "everything") return timeline(context, this.record, this.query, this.#logs);
    return tab ? this.#log(tab, context) : nothing;
  }

  #head(context: Context): TemplateResult {
    const { words } = context;
    const title = this.head?.name || this.name || `${typeName(this.key.type)} ${this.key.id}`;
    // What stands beside the title moves with it.
    const beside = this.head || this.error ? "" : "waits";
    return html`
      <div class="head">
        <div class="title">
              <h1 tabindex="-1">${title}</h1>
              <span class="dim ${beside}">${this.record}</span>
              ${this.head?.on_hold
                ? html`<span class="hold" title=${words.onHoldWhy}>${icon("hold", 14)} ${words.onHold}</span>`
                : nothing}
            </div>
        <div class="actions ${beside}">
              ${this.head?.url
                ? html`<a class="button" href=${this.head.url} target="_blank" rel="noopener">${
                  icon("out")
                } ${words.openInPortal}</a>`
                : nothing}
              ${context.links.record
                ? html`<button class="plain" @click=${this.#copy}>${icon("link")}
            <span aria-live="polite">${this.copied ? words.copied : words.copyLink}</span></button>`
                : nothing}
            </div>
      </div>
    `;
  }

  #log(tab: "communication" | "logs", context: Context): TemplateResult {
    const { words } = context;
    const logs = LOGS[tab].filter((log) => this.#logs.includes(log));
    const asked = this.#state.get("log");
    const log = logs.find((one) => one === asked) ?? logs[0];
    const list = logs.map((key) => ({ key, label: logName(key, words) }));
    const mail = tab === "communication" && logs.includes("email");
    // Most records have none, and the head says so: their addresses are not asked for.
    const blocked = mail && Boolean(this.head?.blacklisted);
    const waits = mail && (!this.head || (blocked && !this.settled));
    return html`
      ${blocked
        ? html`
          <daybook-blacklist .context=${context} .record=${this.record} @settled=${() =>
            this.settled = true}></daybook-blacklist>
        `
        : nothing}
      <div class=${waits ? "waits" : ""}>
      ${log && list.length > 1
        ? tabs(words[tab], list, log, (key) => this.#choose({ tab, log: key }), true)
        : log
        ? html`<h2 class="note">${logName(log, words)}</h2>`
        : nothing}
      ${tab === "logs" && list.length > 1 ? html`<p class="note small dim">${words.bothLogs}</p>` : nothing}
      ${log ? logOf(log, context, this.record, this.query) : nothing}
      </div>
    `;
  }
}

function isLog(text: string): text is LogName {
  return ["email", "sms", "push", "activity", "audit"].includes(text);
}

customElements.define("daybook-record", RecordElement);
