/** What every page of the console gets and shows: a base class. */
import { html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import type { OwnAccess, Permission } from "../api.ts";
import { dialogs } from "../dialog-look.ts";
import { base, controls } from "../look.ts";
import type { Route } from "../route.ts";
import { router } from "../shell/router.ts";
import type { Context } from "../table/context.ts";
import { stateLook, TriesAgain } from "../table/states.ts";
import { tableLook } from "../table/table-look.ts";
import type { QueryEvent } from "../table/table.ts";

/** A page of the console. It renders an `h1` with `tabindex="-1"`, which gets the focus when one comes to it. */
export abstract class ConsolePage extends LitElement {
  static override styles = [base, controls, dialogs, stateLook, tableLook];

  static override properties: PropertyDeclarations = {
    context: { attribute: false },
    me: { attribute: false },
    route: { attribute: false },
  };

  context!: Context;
  me!: OwnAccess;
  route!: Route;

  constructor() {
    super();
    this.addController(new TriesAgain(this));
  }

  /** For `daybook-query` of a table or an element: its state goes into the address. */
  protected readonly keep = (event: QueryEvent): void => {
    event.stopPropagation();
    const url = new URL(location.href);
    url.search = event.detail.query;
    router.go(url.href, event.detail.replace ? "replace" : "push");
  };

  /** For the title of the document. */
  protected titled(title: string): void {
    this.dispatchEvent(new CustomEvent("daybook-title", { detail: title, bubbles: true, composed: true }));
  }

  /** What comes, as so many grey rows: about as high as it will be. */
  protected loading(rows: number): TemplateResult {
    return html`<div class="skeleton" role="status"><span class="unseen">${this.context.words.loading}</span>${
      Array.from({ length: rows }, () => html`<div><i></i><i></i></div>`)
    }</div>`;
  }

  protected may(permission: Permission): boolean {
    return this.me.permissions.includes(permission);
  }
}
