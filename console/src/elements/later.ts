/** What is shown only at a click: its script is loaded then, and the element comes to life when it is here. */
import {
  css,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { base, controls } from "../look.ts";
import type { Context } from "../table/context.ts";
import { stateLook, TriesAgain } from "../table/states.ts";
import { type Words, words } from "../words/elements.ts";
import type { LogName } from "./logs.ts";

type Load = () => Promise<unknown>;

const dialogs: Load = () => import("./dialogs.ts");
const entries: Load = () => import("./entry/entry.ts");
const panel: Load = () => import("../exports/panel.ts");

/** Loads a script, and says where it cannot be had: offline, or since a release has put others in its place. */
class Script extends LitElement {
  static override styles = [
    base,
    controls,
    stateLook,
    css`
      :host {
        position: fixed;
        inset: auto 16px 0;
        z-index: 1;
      }
      .problem {
        max-width: 46em;
        margin-inline: auto;
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    load: { attribute: false },
    of: { attribute: false },
    words: { attribute: false },
    failed: { state: true },
  };

  load!: Load;
  /** What it is for: it is tried again with each other one. */
  of: unknown;
  words: Words = words;

  private failed = false;

  constructor() {
    super();
    this.addController(new TriesAgain(this));
  }

  protected override willUpdate(changes: PropertyValues): void {
    if (changes.has("of")) this.#try();
  }

  async #try(): Promise<void> {
    try {
      await this.load();
      this.failed = false;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.failed = true;
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.failed) return nothing;
    const { notLoaded, offline, reload, retry } = this.words;
    return html`
      <div class="notice warn problem" role="alert">
        ${navigator.onLine
          ? html`<span>${notLoaded}</span><button @click=${() => location.reload()}>${reload}</button>`
          : html`<span>${offline}</span><button class="offline" @click=${this.#try}>${retry}</button>`}</div>
    `;
  }
}

customElements.define("daybook-script", Script);

/** Loads what `element` is made of; `of` is what it shows. */
function loading(load: Load, of: unknown, { words }: Context, element: TemplateResult): TemplateResult {
  return html`<daybook-script .load=${load} .of=${of} .words=${words}></daybook-script>${element}`;
}

/** An e-mail of a record, in a dialog. */
export function emailDialog(context: Context, record: string, email: string, close: () => void): TemplateResult {
  return loading(
    dialogs,
    email,
    context,
    html`<daybook-email .context=${context} .record=${record} .email=${email} @close=${close}></daybook-email>`,
  );
}

/** An entry of the audit log, in a drawer. */
export function entryDrawer(context: Context, entry: string, close: () => void): TemplateResult {
  return loading(
    entries,
    entry,
    context,
    html`<daybook-audit-entry .context=${context} .entry=${entry} @close=${close}></daybook-audit-entry>`,
  );
}

/** Asks for the reason, and takes an address off the blacklist. */
export function resetDialog(
  context: Context,
  address: string,
  done: (event: Event) => void,
  close: () => void,
): TemplateResult {
  return loading(
    dialogs,
    address,
    context,
    html`
      <daybook-reset .context=${context} .address=${address} @daybook-reset=${done} @close=${close}></daybook-reset>
    `,
  );
}

/** All logs of a record as one. */
export function timeline(context: Context, record: string, query: string, logs: LogName[]): TemplateResult {
  return loading(
    dialogs,
    record,
    context,
    html`
      <daybook-timeline .context=${context} .record=${record} .query=${query} .logs=${logs}></daybook-timeline>
    `,
  );
}

/** What asks for an export of `list`, where one was chosen, and shows the progress of the person's exports. */
export function exportPanel(context: Context, list: string, exported: unknown, close: () => void): TemplateResult {
  return loading(
    panel,
    exported ?? list,
    context,
    html`
      <daybook-export .context=${context} .list=${list} .exported=${exported} @close=${close}></daybook-export>
    `,
  );
}
