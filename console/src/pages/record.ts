/** The page of a record: the element with its state in the address, and e-mails by addresses of their own. */
import { html, type TemplateResult } from "lit";
import type { RecordHead } from "../api.ts";
import { changed, href, type Place } from "../route.ts";
import { router } from "../shell/router.ts";
import type { QueryEvent } from "../table/table.ts";
import { ConsolePage } from "./page.ts";
import { remember } from "./recent.ts";
import "../elements/record.ts";

class RecordPage extends ConsolePage {
  get #place(): Extract<Place, { page: "record" }> {
    if (this.route.page !== "record") throw new Error("not a record's address");
    return this.route;
  }

  /** The element keeps the opened e-mail in its query; here it is a part of the path. */
  readonly #moved = (event: QueryEvent): void => {
    event.stopPropagation();
    const query = new URLSearchParams(event.detail.query);
    const { org, record } = this.#place;
    const email = query.get("email") ?? undefined;
    const to = href({ page: "record", org, record, email }, changed(query, { email: null }));
    const opened = this.#place.email ?? this.route.query.get("entry");
    if (opened && !email && !query.has("entry")) router.close(to);
    else router.go(to, event.detail.replace ? "replace" : "push");
  };

  #headed({ name }: RecordHead): void {
    const { type, id } = this.#place.record;
    this.titled(name ?? `${type}/${id}`);
    remember({ type, id, name: name ?? id });
  }

  protected override render(): TemplateResult {
    const { record: { type, id }, email } = this.#place;
    const query = changed(this.route.query, { email: email ?? null });
    return html`
      <daybook-record .context=${this.context} .record="${type}/${id}" .query=${query.toString()}
        @daybook-query=${this.#moved}
        @daybook-head=${(event: CustomEvent<RecordHead>) => this.#headed(event.detail)}></daybook-record>
    `;
  }
}

customElements.define("console-record", RecordPage);
