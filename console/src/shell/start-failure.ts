/** The page where nobody could be signed in: why, and the way to begin again. */
import { html, render } from "lit";
import { SignInError } from "./auth.ts";
import { href } from "../route.ts";
import { signIn as words } from "../words/console.ts";
import { base, controls } from "../look.ts";

export function startFailure(error: unknown): void {
  const kind = error instanceof SignInError ? error.kind : "unreachable";
  if (!(error instanceof SignInError)) console.error(error);
  const detail = error instanceof Error ? error.message : String(error);
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [base.styleSheet, controls.styleSheet, look].filter((sheet) => sheet !== undefined);
  document.body.replaceChildren(host);
  document.title = `${words.title} – Daybook`;
  render(
    html`
      <main>
        <h1>${words[kind]}</h1>
        <p>${words.advice[kind]}</p>
        <a class="button" href=${href({ page: "start" })}>${words.again}</a>
        <p class="dim small">${detail}</p>
      </main>
    `,
    root,
  );
}

const look = new CSSStyleSheet();
look.replaceSync(`
  main { max-width: 34em; margin: 16vh auto; padding: 32px; display: grid; gap: 14px; justify-items: start;
    background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
`);
