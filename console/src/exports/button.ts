/** The button by which a list is exported; what is behind it is loaded at the click. */
import { html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Daybook } from "../api.ts";
import { exportPanel } from "../elements/later.ts";
import { icon } from "../icons.ts";
import type { Context } from "../table/context.ts";
import type { ListQuery } from "../table/query.ts";

/** `list` is what the API calls it, such as `records/family/101/emails`. */
export type Exported = { list: string; query: Pick<ListQuery, "sort" | "order" | "q" | "from" | "to" | "filters"> };

/** Whether anything was exported since the page was loaded: then it is shown wherever its list is. */
let used = false;

/** For an element that shows a list: its button, for whoever may export, and the place for all else. */
export class Exporting {
  #daybook: Daybook | undefined;
  #may = false;
  #chosen: Exported | null = null;
  #shown: Exported | undefined;

  constructor(readonly host: ReactiveControllerHost) {}

  /** `search` begins a search for what was typed, where that has not begun yet. */
  button(context: Context, exported: Exported, search?: () => void): TemplateResult | typeof nothing {
    this.#shown = exported;
    if (this.#daybook !== context.daybook) this.#ask(this.#daybook = context.daybook);
    if (!this.#may) return nothing;
    const { exportList } = context.words;
    return html`
      <button type="button" class="export" aria-label=${exportList} title=${exportList}
        @click=${() => this.#open(search)}>${icon("download")} <span>${exportList}</span></button>
    `;
  }

  panel(context: Context, { list }: Exported): TemplateResult | typeof nothing {
    return used ? exportPanel(context, list, this.#chosen, () => this.#choose(null)) : nothing;
  }

  /** Where it cannot be known, the list itself says why. */
  async #ask(daybook: Daybook): Promise<void> {
    const may = await daybook.me().then(({ permissions }) => permissions.includes("export"), () => false);
    if (daybook !== this.#daybook || may === this.#may) return;
    this.#may = may;
    this.host.requestUpdate();
  }

  /** What is exported is what is shown once the search has begun: the pages around take it up at once. */
  #open(search?: () => void): void {
    search?.();
    setTimeout(() => this.#shown && this.#choose(this.#shown));
  }

  #choose(exported: Exported | null): void {
    this.#chosen = exported;
    used = true;
    this.host.requestUpdate();
  }
}
