/** What all public elements have: their attributes, and what they make of them. */
import {
  type CSSResult,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { type ApiError, connect, isAborted, shown, type Token } from "../api.ts";
import { base, controls } from "../look.ts";
import { type RecordKey, recordOf } from "../route.ts";
import type { DialogWords } from "../words/dialogs.ts";
import type { ExportWords } from "../words/exports.ts";
import { type Words, words } from "../words/elements.ts";
import type { Context, Links } from "../table/context.ts";
import { failureState, stateLook, TriesAgain } from "../table/states.ts";
import { QueryEvent } from "../table/table.ts";
import { tableLook } from "../table/table-look.ts";
import { zone } from "../time.ts";

/** A record or a message was chosen. Whoever prevents the default shows it by themselves. */
export class OpenEvent extends CustomEvent<
  { kind: "email" | "entry" | "record"; type: string; id: string; email?: string; entry?: string }
> {
  constructor(detail: OpenEvent["detail"]) {
    super("daybook-open", { detail, bubbles: true, composed: true, cancelable: true });
  }
}

export abstract class DaybookElement extends LitElement {
  static override styles: CSSResult[] = [base, controls, stateLook, tableLook];

  static override properties: PropertyDeclarations = {
    api: {},
    org: {},
    record: {},
    name: {},
    zone: {},
    query: {},
    token: { attribute: false },
    words: { attribute: false },
    links: { attribute: false },
    context: { attribute: false },
    zoneError: { state: true },
    own: { state: true },
  };

  /** What stands before `/orgs`, such as `https://log.example.com/v1`; that of this script when left out. */
  api = "";
  org = "";
  /** Such as `family/101`. */
  record = "";
  /** What to call the record until its own name is known. */
  name = "";
  /** Of the IANA data base; `auto` is that of the business. */
  zone = "auto";
  /** The state, as `name=value&...`: what was searched, sorted and opened. */
  query = "";
  /** Gives an access token for the API. */
  token: Token | undefined;
  /** Other words than those of `src/words`. */
  words: Partial<Words & DialogWords & ExportWords> = {};
  links: Links = {};

  /** Given by an element around; otherwise made of the attributes. */
  context: Context | null = null;

  private zoneError: ApiError | null = null;
  private own: Context | null = null;

  constructor() {
    super();
    this.addController(new TriesAgain(this));
  }

  /** Null as long as attributes are missing. */
  protected get shared(): Context | null {
    return this.context ?? this.own;
  }

  protected get key(): RecordKey {
    return recordOf(this.record);
  }

  #asked = "";

  /** Whether the record is another than at the last call, or the business or the API is. */
  protected isAnother({ daybook }: Context): boolean {
    const before = this.#asked;
    this.#asked = `${daybook.api} ${daybook.org} ${this.record}`;
    return this.#asked !== before;
  }

  protected override willUpdate(changes: PropertyValues): void {
    const asked = ["api", "org", "token", "zone", "words", "links", "context"];
    if (!this.context && asked.some((name) => changes.has(name))) this.#connect();
  }

  #connect(): void {
    if (!this.token || !this.org) {
      this.own = null;
      return;
    }
    const api = this.api || new URL("/v1", import.meta.url).href;
    const daybook = connect(api, this.org, this.token);
    const fixed = this.zone !== "auto" ? zone(this.zone) : this.own?.daybook === daybook ? this.own.zone : null;
    this.own = { daybook, zone: fixed, words: { ...words, ...this.words }, links: this.links };
    if (!fixed) this.#findZone();
  }

  async #findZone(): Promise<void> {
    const asked = this.own;
    if (!asked) return;
    this.zoneError = null;
    try {
      const found = await asked.daybook.zone();
      if (this.own?.daybook === asked.daybook) this.own = { ...this.own, zone: found };
    } catch (error) {
      if (!isAborted(error)) this.zoneError = shown(error);
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const context = this.shared;
    if (!context) return nothing;
    if (this.zoneError) {
      const say = { what: "The time zone of the business", denied: words.noRecordAccess };
      return failureState(this.zoneError, context.words, say, () => this.#findZone());
    }
    return this.content(context);
  }

  protected abstract content(context: Context): TemplateResult | typeof nothing;

  /** Takes a new state, and tells the page around. */
  protected change(query: string, replace = false): void {
    this.query = query;
    this.dispatchEvent(new QueryEvent(query, replace));
  }

  /** For the event of an element inside: its state is this one's. */
  protected readonly taken = (event: QueryEvent): void => {
    event.stopPropagation();
    this.change(event.detail.query, event.detail.replace);
  };

  /** Whether this element is to show what was chosen. */
  protected chosen(detail: OpenEvent["detail"]): boolean {
    return this.dispatchEvent(new OpenEvent(detail));
  }
}
