/** What is said where a change could not be made: the API's own words where it refused it. */
import { html, nothing, type TemplateResult } from "lit";
import type { ApiError } from "../api.ts";
import type { Words } from "../words/elements.ts";
import { SignInWanted } from "../table/states.ts";
import { utc } from "../time.ts";

/** `what` is such as "The hold was not placed."; `again` is left out where the form's own button tries again. */
export function problem(error: ApiError, words: Words, what: string, again?: () => void): TemplateResult {
  return html`
    <div class="notice bad problem" role="alert">
      <div>
        <p><b>${what}</b> ${reason(error, words)}</p>
        ${error.errors.map(({ message }) => html`<p>${message}</p>`)}
        ${error.failure === "failed" && error.status >= 500 ? code(error) : nothing}
      </div>
      ${action(error, words, again)}
    </div>
  `;
}

function reason(error: ApiError, words: Words): string {
  if (error.failure === "signed-out") return words.signedOut;
  if (error.failure === "offline") return words.offline;
  return error.errors.length ? "" : error.message;
}

function action(error: ApiError, words: Words, again?: () => void): TemplateResult | typeof nothing {
  if (error.failure === "signed-out") {
    return html`<button @click=${(event: Event) =>
      event.target?.dispatchEvent(new SignInWanted())}>${words.signIn}</button>`;
  }
  return again ? html`<button @click=${again}>${words.retry}</button>` : nothing;
}

/** Small, for whoever is asked about it. */
function code(error: ApiError): TemplateResult {
  return html`<code class="small dim">${error.code} ${error.status} · ${utc(error.at)}</code>`;
}
