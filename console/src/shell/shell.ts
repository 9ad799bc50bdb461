/** `<daybook-console>`: the bar at the top, the page that the address names, and what concerns all pages. */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { html as staticHtml, unsafeStatic } from "lit/static-html.js";
import { type ApiError, connect, type Daybook, type OwnAccess, shown } from "../api.ts";
import type { Auth } from "./auth.ts";
import { icon } from "../icons.ts";
import { dialogs } from "../dialog-look.ts";
import { base, controls } from "../look.ts";
import { href, isRecordType, type OrgPage, type Route } from "../route.ts";
import { notAllowed, shell as words, shortcuts, signedInAt, whoAllows } from "../words/console.ts";
import { permissions, words as elementWords } from "../words/elements.ts";
import type { Context } from "../table/context.ts";
import { listen } from "../table/keys.ts";
import { listing } from "../table/query.ts";
import { failureState, stateLook, TriesAgain } from "../table/states.ts";
import { allows, loadAhead, type PageEntry, pages, startPage } from "./pages.ts";
import { router } from "./router.ts";
import { scrollBack } from "./scroll.ts";
import { shellLook } from "./shell-look.ts";
import { after } from "./timer.ts";

/** Milliseconds after which the page has what it needs itself. */
const AHEAD = 5_000;

type SignIn = "good" | "ending" | "ended" | "renewing";

export class Shell extends LitElement {
  static override styles = [base, controls, dialogs, stateLook, shellLook];

  static override properties: PropertyDeclarations = {
    route: { state: true },
    me: { state: true },
    context: { state: true },
    error: { state: true },
    loaded: { state: true },
    signIn: { state: true },
    online: { state: true },
  };

  private route: Route = router.route;
  private me: OwnAccess | null = null;
  private context: Context;
  private error: ApiError | null = null;
  /** The pages whose script is here. */
  private loaded: ReadonlySet<string> = new Set();
  private signIn: SignIn = "good";
  private online = navigator.onLine;

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector<HTMLDialogElement>("#shortcuts")!;
  }

  private get field(): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>("#find");
  }

  readonly #daybook: Daybook;
  #at = "";
  /** What the page calls itself; the entry's words where it has said nothing. */
  #name = "";

  constructor(private readonly auth: Auth) {
    super();
    this.addController(new TriesAgain(this));
    this.#daybook = connect(auth.config.api, auth.org, auth.token);
    const links: Context["links"] = {
      record: ({ type, id }) =>
        isRecordType(type) && this.#mayFind ? href({ page: "record", org: auth.org, record: { type, id } }) : undefined,
      email: (record, email) =>
        href({ page: "record", org: auth.org, record, email }, new URLSearchParams(location.search)),
      entry: (entry) => href({ page: "audit", org: auth.org, entry }),
      exports: () => href({ page: "exports", org: auth.org }),
      audit: (query, keep) => href({ page: "audit", org: auth.org }, listing(keep ? location.search : "", query)),
    };
    this.context = { daybook: this.#daybook, zone: null, words: elementWords, links };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    router.addEventListener("change", () => this.#moved());
    router.leave = (to) => this.#renews(to);
    listen(this, { "?": () => this.dialog.showModal(), "/": () => this.field?.focus() });
    for (const name of ["online", "offline"]) addEventListener(name, () => this.online = navigator.onLine);
    this.addEventListener("daybook-sign-in", () => this.#signInAgain());
    this.addEventListener("daybook-settings", () => {
      this.#daybook.forget();
      this.#load();
    });
    this.addEventListener("daybook-title", (event) => {
      this.#name = (event as CustomEvent<string>).detail;
      this.#title();
    });
    after(this.auth.left - 60_000, () => this.signIn = "ending");
    after(this.auth.left, () => this.signIn = "ended");
    after(AHEAD, loadAhead);
    this.#load();
    this.#moved();
  }

  async #load(): Promise<void> {
    this.error = null;
    try {
      const [me, zone] = await Promise.all([this.#daybook.me(), this.#daybook.zone()]);
      this.me = me;
      this.context = { ...this.context, zone };
      this.#title();
      if (this.#startsElsewhere) router.go(this.#start, "replace");
    } catch (error) {
      this.error = shown(error);
    }
  }

  #moved(): void {
    this.route = router.route;
    if (this.route.page === "start") {
      router.go(href({ page: "finder", org: this.auth.org }, this.route.query), "replace");
      return;
    }
    if (this.#startsElsewhere) {
      router.go(this.#start, "replace");
      return;
    }
    const at = JSON.stringify([this.route.page, "record" in this.route ? this.route.record : ""]);
    const first = !this.#at;
    if (at === this.#at) return;
    this.#at = at;
    this.#name = "";
    this.#title();
    this.#loadPage(first);
  }

  get #start(): string {
    return href({ page: this.me ? startPage(this.me.permissions) : "finder", org: this.auth.org });
  }

  get #startsElsewhere(): boolean {
    return this.route.page === "finder" && this.route.org === this.auth.org && this.#start !== href(this.route);
  }

  /** As long as it is not known what the person may, they are taken to be one of the many who may. */
  get #mayFind(): boolean {
    return !this.me || this.#may(pages.finder);
  }

  #may(entry: PageEntry): boolean {
    return allows(entry, this.me?.permissions ?? []);
  }

  get #entry(): PageEntry | undefined {
    const { page } = this.route;
    return page === "start" || page === "callback" || page === "missing" ? undefined : pages[page];
  }

  async #loadPage(first: boolean): Promise<void> {
    const entry = this.#entry;
    if (!entry) return;
    try {
      await entry.load();
      this.loaded = new Set([...this.loaded, entry.tag]);
    } catch (error) {
      // Such as a chunk of the release before, whose name is gone: the page's new address is loaded anew.
      if (!first && navigator.onLine) location.reload();
      else this.error = shown(error);
      return;
    }
    if (first) return;
    scrollBack(router.scrolled);
    await this.updateComplete;
    await new Promise(requestAnimationFrame);
    if (this.field !== this.shadowRoot?.activeElement) heading(this.renderRoot)?.focus({ preventScroll: true });
  }

  #title(): void {
    document.title = [this.#name || this.#entry?.title, this.me?.org, "Daybook"].filter(Boolean).join(" – ");
  }

  /** In its last minute a token is renewed at the next step, and not while somebody writes. */
  #renews(to: URL): boolean {
    if (!this.auth.ending) return false;
    this.signIn = "renewing";
    this.auth.begin(to.pathname + to.search);
    return true;
  }

  #signInAgain(): void {
    this.signIn = "renewing";
    this.auth.begin(location.pathname + location.search);
  }

  #find(event: Event): void {
    event.preventDefault();
    const q = this.field?.value.trim() ?? "";
    router.go(href({ page: "finder", org: this.auth.org }, q ? new URLSearchParams({ q }) : undefined));
  }

  // -- what the person sees

  protected override render(): TemplateResult {
    return html`
      ${this.#bar()} ${this.#notices()}
      <main id="content" tabindex="-1">${this.#page()}</main>
      ${this.#shortcutList()}
    `;
  }

  #skip(): void {
    this.renderRoot.querySelector<HTMLElement>("main")?.focus();
  }

  #bar(): TemplateResult {
    return html`
      <header class="bar"><button class="skip" @click=${this.#skip}>${words.skip}</button>
        <div class="inner">
            <a class="brand" href=${this.#start} aria-label="Daybook, ${this.me?.org ??
              ""}">
              ${mark()}<span>Daybook</span>${this.me ? html`<span class="org">${this.me.org}</span>` : nothing}</a>
            ${this.#mayFind ? this.#search() : nothing}
            <nav aria-label=${words.pages}>${this.#links("link")}</nav>
            ${this.#account()}
          </div>
      </header>
    `;
  }

  #search(): TemplateResult {
    const q = this.route.page === "finder" ? this.route.query.get("q") ?? "" : "";
    return html`
      <form role="search" class="find" @submit=${this.#find}>
        ${icon("search")}
        <input id="find" type="search" name="q" .value=${q} placeholder=${words.find} aria-label=${words.find}
          autocomplete="off" spellcheck="false" enterkeyhint="search"><kbd aria-hidden="true">/</kbd>
      </form>
    `;
  }

  #links(bar: PageEntry["bar"]): TemplateResult[] {
    return Object.entries(pages).flatMap(([name, entry]) => {
      if (entry.bar !== bar || !this.#may(entry)) return [];
      const to = href({ page: name as OrgPage, org: this.auth.org });
      return [html`<a href=${to} aria-current=${this.route.page === name ? "page" : "false"}>${entry.title}</a>`];
    });
  }

  #account(): TemplateResult | typeof nothing {
    if (!this.me) return nothing;
    const { name, username } = this.me;
    return html`
      <button class="plain account" popovertarget="account" aria-label="${words.account}: ${name}">
              <span class="person">${initials(name || username)}</span><span class="name">${name || username}</span>
              ${icon("down", 12)}</button>
      <div id="account" popover class="menu" @beforetoggle=${this.#menuToggled}>
        <p><b>${name}</b><br><span class="dim small">${username} · ${this.me.org}</span></p>
        <p class="dim small">${words.times} ${this.context.zone?.label} (${this.context.zone?.name})</p>
        <nav class="narrow" aria-label=${words.pages} @click=${this.#closeMenu}>${this.#links("link")}</nav>
        <nav aria-label=${words.manage} @click=${this.#closeMenu}>${this.#links("menu")}</nav>
        <button class="bare" @click=${this.#openShortcuts}>${words.shortcuts}<kbd>?</kbd></button>
        <button class="bare" @click=${() => this.auth.end()}>${words.signOut}</button>
      </div>
    `;
  }

  #closeMenu(): void {
    this.renderRoot.querySelector<HTMLElement>("#account")?.hidePopover();
  }

  /** The browser would leave the focus nowhere: the menu and its button are in a shadow root. */
  #menuToggled({ newState, target }: ToggleEvent): void {
    if (newState === "closed" && (target as HTMLElement).matches(":focus-within")) {
      this.renderRoot.querySelector<HTMLElement>(".account")?.focus();
    }
  }

  #openShortcuts(): void {
    this.#closeMenu();
    this.dialog.showModal();
  }

  #notices(): TemplateResult | typeof nothing {
    if (this.signIn === "renewing") return html`<div class="strip" role="status">${words.renewing}</div>`;
    if (this.signIn !== "good") {
      const text = this.signIn === "ending" ? words.ending : words.ended;
      return html`<div class="strip" role="alert">${text}
        <button @click=${this.#signInAgain}>${words.renew}</button></div>`;
    }
    return this.online ? nothing : html`<div class="strip" role="status">${words.offline}</div>`;
  }

  #page(): TemplateResult | typeof nothing {
    const { route, me } = this;
    if ("org" in route && route.org !== this.auth.org) {
      return me ? this.#nothing(words.otherOrg, signedInAt(me.org)) : nothing;
    }
    const entry = this.#entry;
    if (route.page === "missing" || !entry) return this.#nothing(words.missing, words.missingWhy);
    if (this.error) {
      const say = { what: "Daybook", denied: words.notAllowed };
      return failureState(this.error, elementWords, say, () => this.#reload());
    }
    if (me && !me.permissions.length) {
      return html`
        <div class="state">
          <h1 tabindex="-1">${words.noAccess}</h1>
          <p>${words.noAccessWhy}</p>
        </div>
      `;
    }
    if (!this.loaded.has(entry.tag) || (!me && !entry.early)) return nothing;
    if (me && !this.#may(entry)) {
      return this.#nothing(notAllowed(entry.title), whoAllows(entry.needs.map((one) => permissions[one])));
    }
    const tag = unsafeStatic(entry.tag);
    return html`${
      keyed(
        this.#at,
        staticHtml`<${tag} .context=${this.context} .me=${me} .route=${route}></${tag}>`,
      )
    }`;
  }

  #reload(): void {
    this.#load();
    this.#loadPage(true);
  }

  /** Where no page is shown, with the way out. */
  #nothing(title: string, why: string): TemplateResult {
    return html`
      <div class="state">
        <h1 tabindex="-1">${title}</h1>
        <p>${why}</p>
        <div class="actions"><a class="button" href=${this.#start}>${words.toStart}</a></div>
      </div>
    `;
  }

  #shortcutList(): TemplateResult {
    return html`
      <dialog id="shortcuts" class="narrow" aria-labelledby="keys">
        <header>
          <h2 id="keys">${words.shortcuts}</h2>
          <form method="dialog"><button class="plain" autofocus>${icon("close")} ${words.close}</button></form>
        </header>
        <dl class="body keys">${shortcuts.map(([keys, what]) =>
          html`
            <div>
              <dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt>
              <dd>${what}</dd>
            </div>
          `
        )}</dl>
      </dialog>
    `;
  }
}

function initials(name: string): string {
  const parts = name.split(/\s+/).filter(Boolean);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => part?.[0] ?? "").join("").toUpperCase();
}

/** The first heading, through shadow roots. */
function heading(root: Element | DocumentFragment): HTMLElement | null {
  const own = root.querySelector<HTMLElement>("h1[tabindex]");
  if (own) return own;
  for (const node of root.querySelectorAll("*")) {
    const inside = node.shadowRoot ? heading(node.shadowRoot) : null;
    if (inside) return inside;
  }
  return null;
}

function mark(): TemplateResult {
  return html`
    <svg class="logo" width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#1a5fb4"></rect>
      <path d="M9 8h11a3 3 0 0 1 3 3v13H12a3 3 0 0 1-3-3zM9 21a3 3 0 0 1 3-3h11M13 12h6" fill="none" stroke="#fff"
        stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"></path>
    </svg>
  `;
}

customElements.define("daybook-console", Shell);
