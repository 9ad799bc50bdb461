/** What is shown only at a click: its script is loaded then, and the element comes to life when it is here. */
import { html, type TemplateResult } from "lit";
import type { Context } from "../table/context.ts";
import type { LogName } from "./logs.ts";

function load(): void {
  import("./dialogs.ts");
}

/** An e-mail of a record, in a dialog. */
export function emailDialog(context: Context, record: string, email: string, close: () => void): TemplateResult {
  load();
  return html`<daybook-email .context=${context} .record=${record} .email=${email} @close=${close}></daybook-email>`;
}

/** An entry of the audit log, in a drawer. */
export function entryDrawer(context: Context, entry: string, close: () => void): TemplateResult {
  import("./entry/entry.ts");
  return html`<daybook-audit-entry .context=${context} .entry=${entry} @close=${close}></daybook-audit-entry>`;
}

/** Asks for the reason, and takes an address off the blacklist. */
export function resetDialog(
  context: Context,
  address: string,
  done: (event: Event) => void,
  close: () => void,
): TemplateResult {
  load();
  return html`
    <daybook-reset .context=${context} .address=${address} @daybook-reset=${done} @close=${close}></daybook-reset>
  `;
}

/** All logs of a record as one. */
export function timeline(context: Context, record: string, query: string, logs: LogName[]): TemplateResult {
  load();
  return html`
    <daybook-timeline .context=${context} .record=${record} .query=${query} .logs=${logs}></daybook-timeline>
  `;
}
