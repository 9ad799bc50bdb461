/** The frame in which an e-mail's own HTML is shown, apart from the page: mail.html and its policy do the rest. */
import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Schemas } from "../api.ts";

/**
 * The frame of an e-mail. `images` is whether pictures of the internet are loaded. It is of the API's own origin,
 * also where the element stands in a host's page. Each page gets a frame of its own: another source for the same one
 * would be a step in the browser's history.
 */
export function mailFrame(api: string, content: Schemas["Content"], images: boolean): TemplateResult {
  const page = images ? "mail-images.html" : "mail.html";
  const source = new URL(`/console/${page}`, new URL(api, location.href)).href;
  const send = (event: Event) => {
    const element = event.target as HTMLIFrameElement;
    // Once: should the e-mail lead the frame elsewhere, nobody there gets the text.
    if (element.dataset.sent) return;
    element.dataset.sent = "yes";
    // A sandboxed frame has the origin "null", so it cannot be named; the text is for this frame's window alone.
    element.contentWindow?.postMessage({ html: content.html }, "*");
  };
  const frame = html`
    <iframe src=${source} title=${content.subject} sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"
      referrerpolicy="no-referrer" @load=${send}></iframe>
  `;
  return html`${keyed(source, frame)}`;
}
