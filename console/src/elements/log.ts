/** `<daybook-email-log>` and its kin: one log of a record each. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { RecordKey } from "../route.ts";
import { changed } from "../route.ts";
import type { Words } from "../words/elements.ts";
import type { Context } from "../table/context.ts";
import type { Definition } from "../table/table.ts";
import { DaybookElement } from "./base.ts";
import { activityLog, auditLog, emailLog, type LogName, pushLog, smsLog } from "./logs.ts";
import "../table/table.ts";
import { emailDialog, entryDrawer } from "./later.ts";

abstract class LogElement<Row> extends DaybookElement {
  #definition: Definition<Row> | undefined;
  #made: unknown;

  protected abstract define(key: RecordKey, say: Words): Definition<Row>;

  /** The same one as long as it is of the same record, so that the list is not asked for again. */
  protected definition(context: Context): Definition<Row> {
    const made = JSON.stringify([this.record, context.words]);
    if (!this.#definition || made !== this.#made) this.#definition = this.define(this.key, context.words);
    this.#made = made;
    return this.#definition;
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    if (changes.has("record")) this.#definition = undefined;
  }

  protected override content(context: Context): TemplateResult {
    return html`
      <daybook-table .context=${context} .definition=${this.definition(context)} .query=${this.query}
        @daybook-query=${this.taken}></daybook-table>
    `;
  }
}

export class EmailLog extends LogElement<{ id: string }> {
  protected override define(key: RecordKey, say: Words) {
    return emailLog(key, say, ({ id }) => {
      if (this.chosen({ kind: "email", ...key, email: id })) this.#show(id);
    });
  }

  protected override content(context: Context): TemplateResult {
    const email = this.context ? null : new URLSearchParams(this.query).get("email");
    return html`${super.content(context)}
      ${email ? emailDialog(context, this.record, email, () => this.#show(null)) : nothing}`;
  }

  #show(id: string | null): void {
    this.change(changed(new URLSearchParams(this.query), { email: id }).toString());
  }
}

export class SmsLog extends LogElement<{ id: string }> {
  protected override define(key: RecordKey, say: Words) {
    return smsLog(key, say);
  }
}

export class PushLog extends LogElement<{ id: string }> {
  protected override define(key: RecordKey, say: Words) {
    return pushLog(key, say);
  }
}

export class ActivityLog extends LogElement<{ id: string }> {
  protected override define(key: RecordKey, say: Words) {
    return activityLog(key, say);
  }
}

export class AuditLog extends LogElement<{ id: string }> {
  protected override define(key: RecordKey, say: Words) {
    return auditLog(key, say, ({ id }) => {
      if (this.chosen({ kind: "entry", ...key, entry: id })) this.#show(id);
    });
  }

  protected override content(context: Context): TemplateResult {
    const entry = this.context ? null : new URLSearchParams(this.query).get("entry");
    return html`${super.content(context)}
      ${entry ? entryDrawer(context, entry, () => this.#show(null)) : nothing}`;
  }

  #show(id: string | null): void {
    this.change(changed(new URLSearchParams(this.query), { entry: id }).toString());
  }
}

/** A log inside an element that has made the context. */
export function logOf(log: LogName, context: Context, record: string, query: string): TemplateResult {
  switch (log) {
    case "email":
      return html`<daybook-email-log .context=${context} .record=${record} .query=${query}></daybook-email-log>`;
    case "sms":
      return html`<daybook-sms-log .context=${context} .record=${record} .query=${query}></daybook-sms-log>`;
    case "push":
      return html`<daybook-push-log .context=${context} .record=${record} .query=${query}></daybook-push-log>`;
    case "activity":
      return html`<daybook-activity-log .context=${context} .record=${record} .query=${query}></daybook-activity-log>`;
    case "audit":
      return html`<daybook-audit-log .context=${context} .record=${record} .query=${query}></daybook-audit-log>`;
  }
}

customElements.define("daybook-email-log", EmailLog);
customElements.define("daybook-sms-log", SmsLog);
customElements.define("daybook-push-log", PushLog);
customElements.define("daybook-activity-log", ActivityLog);
customElements.define("daybook-audit-log", AuditLog);
