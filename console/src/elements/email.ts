/** `<daybook-email>`: one e-mail in a dialog. What became of it stands first; its text is fetched when asked for. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { type ApiError, type EmailRow, isAborted, type Schemas, shown } from "../api.ts";
import { icon } from "../icons.ts";
import { dialogWords, events as eventWords } from "../words/dialogs.ts";
import { denied, emailStatus, permissions } from "../words/elements.ts";
import { Backdrop, dialogs, GivesFocusBack } from "../dialog-look.ts";
import type { Context } from "../table/context.ts";
import { failureState } from "../table/states.ts";
import { DaybookElement } from "./base.ts";
import { mailFrame } from "./frame.ts";
import { permissionFor, time } from "./logs.ts";
import { tabs } from "./tabs.ts";

type Content = Schemas["Content"];
type Events = Schemas["EventRow"][];

const NEVER_SENT: Schemas["EmailStatus"][] = ["suppressed", "rejected", "failed"];
/** Those that say nothing which somebody would have to report. */
const UNREPORTED: Schemas["EmailStatus"][] = ["queued", "sent"];

export class EmailDialog extends DaybookElement {
  static override styles = [
    ...DaybookElement.styles,
    dialogs,
    css`
      .meta {
        color: var(--dim);
        overflow-wrap: anywhere;
      }
      .panel {
        min-height: 180px;
      }
      iframe {
        display: block;
        width: 100%;
        height: 45vh;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: #fff;
        color-scheme: light;
      }
      pre {
        margin: 0;
        font: inherit;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .images {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        justify-content: space-between;
        margin-top: 10px;
      }
      .happened li {
        display: grid;
        grid-template-columns: 190px 1fr;
        gap: 4px 16px;
        padding: 9px 0;
        border-bottom: 1px solid var(--line);
      }
      @media (max-width: 640px) {
        .happened li {
          grid-template-columns: 1fr;
        }
      }
      details {
        margin-top: 4px;
        font-size: 13px;
      }
      summary {
        color: var(--dim);
        cursor: pointer;
      }
      details code {
        overflow-wrap: anywhere;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    email: {},
    row: { state: true },
    events: { state: true },
    text: { state: true },
    error: { state: true },
    textError: { state: true },
    tab: { state: true },
    images: { state: true },
    copied: { state: true },
  };

  /** The id of its entry. */
  email = "";

  private row: EmailRow | null = null;
  private events: Events | null = null;
  private text: Content | null = null;
  private error: ApiError | null = null;
  private textError: ApiError | null = null;
  private tab: "happened" | "text" = "happened";
  private images = false;
  private copied = false;

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("dialog")!;
  }

  #abort = new AbortController();
  readonly #backdrop = new Backdrop();

  constructor() {
    super();
    new GivesFocusBack(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    if (changes.has("email") && this.shared) this.#load(this.shared);
  }

  async #load({ daybook }: Context): Promise<void> {
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    Object.assign(this, {
      row: null,
      events: null,
      text: null,
      error: null,
      textError: null,
      tab: "happened",
      images: false,
      copied: false,
    });
    const params = { path: daybook.recordPath(this.key, { entry: this.email }) };
    const row = daybook.ask((client) =>
      client.GET("/v1/orgs/{org}/records/{type}/{id}/emails/{entry}", { params, signal })
    );
    const events = daybook.ask((client) =>
      client.GET("/v1/orgs/{org}/records/{type}/{id}/emails/{entry}/events", { params, signal })
    );
    try {
      [this.row, this.events] = await Promise.all([row, events.then((found) => found.events)]);
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  async #loadText({ daybook }: Context): Promise<void> {
    const { signal } = this.#abort;
    const params = { path: daybook.recordPath(this.key, { entry: this.email }) };
    this.textError = null;
    try {
      this.text = await daybook.ask((client) =>
        client.GET("/v1/orgs/{org}/records/{type}/{id}/emails/{entry}/content", { params, signal })
      );
    } catch (error) {
      if (!isAborted(error)) this.textError = shown(error);
    }
  }

  #choose(tab: "happened" | "text", context: Context): void {
    this.tab = tab;
    if (tab === "text" && !this.text && this.row?.has_content) this.#loadText(context);
  }

  /** The button that had the focus is gone then. */
  #showImages(): void {
    this.images = true;
    this.renderRoot.querySelector<HTMLElement>("#panel")?.focus();
  }

  async #copy(context: Context): Promise<void> {
    const link = context.links.email?.(this.key, this.email);
    if (!link) return;
    await navigator.clipboard.writeText(new URL(link, location.href).href);
    this.copied = true;
  }

  protected override content(context: Context): TemplateResult {
    const words = dialogWords(context.words);
    const title = this.row?.subject || (this.row ? words.noSubject : words.email);
    return html`
      <dialog aria-labelledby="title" @close=${() => this.dispatchEvent(new Event("close"))}
        @pointerdown=${this.#backdrop.down} @click=${this.#backdrop.click}>
        <header>
          <div>
                <h2 id="title">${title}</h2>
                ${this.row ? this.#meta(this.row, context) : nothing}
              </div>
          <div class="mark">
                ${context.links.email
                  ? html`<button class="plain" @click=${() => this.#copy(context)}>${icon("link")}
              <span aria-live="polite">${this.copied ? words.copied : words.copyLink}</span></button>`
                  : nothing}
                <button class="plain" autofocus @click=${() => this.dialog.close()}>${icon("close")} ${words
                  .close}</button>
              </div>
        </header>
        <div class="body">${this.#body(context)}</div>
      </dialog>
    `;
  }

  #meta(row: EmailRow, context: Context): TemplateResult {
    const words = dialogWords(context.words);
    return html`<p class="meta small">${words.toAddress} ${row.recipient}
      ${
      row.sender
        ? html`
          · ${words.fromAddress} ${row.sender}
        `
        : nothing
    } · ${time(row.occurred_at, context)}</p>`;
  }

  #body(context: Context): TemplateResult {
    const words = dialogWords(context.words);
    if (this.error) {
      const permission = permissions[permissionFor("email", this.key.type)];
      const say = { what: words.theEmail, denied: denied("this e-mail", permission), missing: words.emailMissing };
      return failureState(this.error, words, say, () => this.#load(context));
    }
    if (!this.row || !this.events || !context.zone) {
      return html`<div class="skeleton tall" role="status"><span class="unseen">${words.loading}</span>
        <div><i></i><i></i></div><div><i></i><i></i></div></div>`;
    }
    const list = [
      { key: "happened", label: `${words.happened} (${this.events.length})` },
      { key: "text", label: words.text },
    ] as const;
    return html`${this.#verdict(this.row, context)}
      ${tabs(words.email, list, this.tab, (tab) => this.#choose(tab, context))}
      <div class="panel" role="tabpanel" id="panel" tabindex="-1" aria-label=${
      this.tab === "text" ? words.text : words.happened
    }>
        ${this.tab === "text" ? this.#text(this.row, context) : this.#happened(this.row, this.events, context)}
      </div>`;
  }

  #verdict(row: EmailRow, context: Context): TemplateResult | typeof nothing {
    if (row.erased_at) return html`<p class="notice">${context.words.erased}</p>`;
    if (!row.verdict) return nothing;
    const { tone, sign } = emailStatus[row.status];
    return html`<div class="notice ${tone}" role="note">
      <p class="mark"><span class=${tone}>${icon(sign)}</span><strong>${row.verdict.text}</strong></p>
      ${row.verdict.next ? html`<p class="dim">${row.verdict.next}</p>` : nothing}
    </div>`;
  }

  #text(row: EmailRow, context: Context): TemplateResult {
    const words = dialogWords(context.words);
    const recorded = html`<p class="small dim">${words.recorded}</p>`;
    if (!row.has_content) {
      const gone = row.content_expires_at && Date.parse(row.content_expires_at) < Date.now();
      return html`<p class="state">${gone ? words.textExpired : words.textNone}</p>`;
    }
    if (this.textError) {
      const permission = permissions[permissionFor("email", this.key.type)];
      const missing = this.textError.code === "content_expired" ? words.textExpired : words.textNone;
      const say = { what: words.theText, denied: denied("the text of this e-mail", permission), missing };
      return failureState(this.textError, words, say, () => this.#loadText(context));
    }
    if (!this.text) return html`<p class="state" role="status">${words.loading}</p>`;
    if (this.text.html) {
      return html`${mailFrame(context.daybook.api, this.text, this.images)}
        <div class="images">${recorded}
          ${
        this.images ? nothing : html`
          <p class="small dim">${words.imagesOff}</p>
          <button @click=${this.#showImages}>${words.showImages}</button>
        `
      }</div>`;
    }
    return html`${this.text.text ? html`<pre>${this.text.text}</pre>` : html`<p class="state">${words.textEmpty}</p>`}
      <div class="images">${recorded}</div>`;
  }

  #happened({ status }: EmailRow, events: Events, context: Context): TemplateResult {
    const words = dialogWords(context.words);
    if (!events.length) {
      const known = UNREPORTED.includes(status) ? words.noEvents : words.statusOnly;
      return html`<p class="state">${NEVER_SENT.includes(status) ? words.notSent : known}</p>`;
    }
    return html`<ol class="happened">${
      events.map((event) =>
        html`<li>${time(event.occurred_at, context)}
        <div>${eventWords[event.type]}${
          event.bot
            ? html`
              <span class="dim">(${words.machine})</span>
            `
            : nothing
        }
          ${event.link ? html`<div class="small dim">${event.link}</div>` : nothing} ${
          technical(event, context)
        }</div></li>`
      )
    }</ol>`;
  }
}

/** What the providers said, word by word: for whoever has to look deeper. */
function technical(event: Schemas["EventRow"], context: Context): TemplateResult | typeof nothing {
  const words = dialogWords(context.words);
  const { kind, subtype, code, diagnostic, user_agent, ip } = event;
  const parts = [[kind, subtype].filter(Boolean).join(" / "), code, diagnostic, ip, user_agent].filter(Boolean);
  if (!parts.length) return nothing;
  return html`<details><summary>${words.technical}</summary>
    ${parts.map((part) => html`<div><code>${part}</code></div>`)}</details>`;
}

customElements.define("daybook-email", EmailDialog);
