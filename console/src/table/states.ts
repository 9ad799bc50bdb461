/** What is shown where there is nothing to show, or it could not be had. */
import { css, html, nothing, type ReactiveController, type TemplateResult } from "lit";
import type { ApiError } from "../api.ts";
import type { Words } from "../words/elements.ts";
import { icon } from "../icons.ts";
import { utc } from "../time.ts";

export const stateLook = css`
  .state {
    display: grid;
    justify-items: center;
    gap: 10px;
    padding: 44px 20px;
    text-align: center;
    color: var(--dim);
  }
  .state p {
    max-width: 34em;
    text-wrap: balance;
  }
  .state strong {
    color: var(--ink);
    font-weight: 600;
  }
  .state .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    justify-content: center;
  }
  .state code {
    font-size: 12px;
    user-select: all;
  }
  .problem {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 16px;
    align-items: center;
    justify-content: space-between;
    margin-block: 12px;
  }
`;

/** Asks the page around for a sign-in: the console renews its own, a host does what it does. */
export class SignInWanted extends Event {
  constructor() {
    super("daybook-sign-in", { bubbles: true, composed: true, cancelable: true });
  }
}

/** For an element that says what it could not have offline: it asks again once the device is online. */
export class TriesAgain implements ReactiveController {
  readonly #online = () => this.host.renderRoot.querySelector<HTMLElement>("button.offline")?.click();

  constructor(readonly host: { readonly renderRoot: ParentNode }) {}

  hostConnected(): void {
    addEventListener("online", this.#online);
  }

  hostDisconnected(): void {
    removeEventListener("online", this.#online);
  }
}

/** Nothing is there: `text` says what of, `action` offers the way out. */
export function emptyState(text: string, action?: TemplateResult): TemplateResult {
  return html`<div class="state"><p>${text}</p>${action ? html`<div class="actions">${action}</div>` : nothing}</div>`;
}

/** It is there, and may not be seen: `text` says so. */
export function deniedState(text: string): TemplateResult {
  return html`<div class="state" role="note">${icon("hold", 22)}<p>${text}</p></div>`;
}

/** What to say of a failure: `what` is such as "The log", `deniedText` says which permission is missing. */
export type FailureWords = { what: string; denied: string; missing?: string };

/** A failure in place of what was asked for. `typed` is whether something was typed that is kept. */
export function failureState(
  error: ApiError,
  words: Words,
  say: FailureWords,
  retry: () => void,
  typed = false,
): TemplateResult {
  const again = tryAgain(error, words, retry);
  switch (error.failure) {
    case "denied":
      return deniedState(say.denied);
    case "missing":
      return emptyState(say.missing ?? `${say.what} ${words.failed}`);
    case "signed-out":
      return html`
        <div class="state" role="alert">
          <p><strong>${words.signedOut}</strong> ${words.signInBack}</p>
          <div class="actions">
            <button class="main" @click=${(event: Event) => event.target?.dispatchEvent(new SignInWanted())}>
                    ${words.signIn}
                  </button>
          </div>
        </div>
      `;
    case "offline":
      return html`
        <div class="state" role="alert">
          <p><strong>${words.offline}</strong></p>
          <div class="actions">${again}</div>
        </div>
      `;
    case "failed":
      return html`<div class="state" role="alert">
        <p><strong>${say.what} ${words.failed}</strong>${typed ? ` ${words.kept}` : ""}</p>
        <div class="actions">${again}</div>
        ${code(error)}
      </div>`;
  }
}

/** A failure above what is still shown from before: `since` is the time of that. */
export function failureNotice(
  error: ApiError,
  words: Words,
  what: string,
  since: string,
  retry: () => void,
  typed = false,
): TemplateResult {
  if (error.failure === "signed-out") {
    return html`<div class="notice warn problem" role="alert"><span>${words.signedOut} ${words.signInBack}</span>
      <button @click=${(event: Event) =>
      event.target?.dispatchEvent(new SignInWanted())}>${words.signIn}</button></div>`;
  }
  const text = error.failure === "offline" ? words.offline : `${what} ${words.failed}${typed ? ` ${words.kept}` : ""}`;
  return html`
    <div class="notice warn problem" role="alert">
      <span>${text} ${since}${error.failure === "failed" ? html`<br>${code(error)}` : nothing}</span>
      ${tryAgain(error, words, retry)}
    </div>
  `;
}

function tryAgain({ failure }: ApiError, words: Words, retry: () => void): TemplateResult {
  return html`<button class=${failure} @click=${retry}>${words.retry}</button>`;
}

/**
 * What the API said about the input, such as a date that is none; `undo` takes it back. `said` is whether it stands
 * beside the fields already.
 */
export function inputState(error: ApiError, title: string, undo: TemplateResult, said = false): TemplateResult {
  const lines = (said ? [] : error.errors).map(({ field, message }) => `${field}: ${message.replaceAll("`", "")}`);
  return html`
    <div class="state" role="alert">
      <p><strong>${title}</strong></p>
      ${lines.map((line) => html`<p>${line}</p>`)}
      <div class="actions">${undo}</div>
    </div>
  `;
}

/** Small, for whoever is asked about it. */
function code(error: ApiError): TemplateResult {
  return html`<code class="small dim">${error.code}${error.status ? ` ${error.status}` : ""} · ${utc(error.at)}</code>`;
}
