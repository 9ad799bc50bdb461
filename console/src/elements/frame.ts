/** The frame in which an e-mail's own HTML is shown, apart from the page: mail.html and its policy do the rest. */
import { html, type TemplateResult } from "lit";
import type { Schemas } from "../api.ts";

/**
 * The frame of an e-mail. `images` is whether pictures of the internet are loaded. It is of the API's own origin,
 * also where the element stands in a host's page.
 */
export function mailFrame(api: string, content: Schemas["Content"], images: boolean): TemplateResult {
  const page = images ? "mail-images.html" : "mail.html";
  const source = new URL(`/console/${page}`, new URL(api, location.href)).href;
  const send = (event: Event) => {
    const frame = event.target as HTMLIFrameElement;
    // Once for each of the two pages: should the e-mail lead the frame elsewhere, nobody there gets the text.
    if (frame.dataset.sent === frame.src) return;
    frame.dataset.sent = frame.src;
    // A sandboxed frame has the origin "null", so it cannot be named; the text is for this frame's window alone.
    frame.contentWindow?.postMessage({ html: content.html }, "*");
  };
  return html`
    <iframe src=${source} title=${content.subject} sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"
      referrerpolicy="no-referrer" @load=${send}></iframe>
  `;
}
