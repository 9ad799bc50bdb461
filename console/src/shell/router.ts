/** Moves between addresses without loading the document again. */
import { parse, ROOT, type Route } from "../route.ts";

/**
 * Follows links, the buttons of the browser and `go`, without loading the document again.
 * `leave` is asked first, and answers whether the document is left anyway.
 */
export class Router extends EventTarget {
  /** Set by the sign-in, which takes over when a token is about to expire. */
  leave: (to: URL) => boolean = () => false;
  /** Asked before another address is gone to: where one answers false, the page stays. */
  readonly asks = new Set<() => boolean>();
  #at = "";

  start(): void {
    this.#at = location.href;
    addEventListener("popstate", () => this.#back());
    document.addEventListener("click", (event) => this.#click(event));
  }

  get route(): Route {
    return parse(new URL(location.href));
  }

  go(to: string, how: "push" | "replace" = "push"): void {
    const url = new URL(to, location.href);
    if (url.href === location.href || !this.#mayLeave || this.leave(url)) return;
    if (how === "replace") history.replaceState(history.state, "", url);
    else {
      history.replaceState({ ...history.state, scrolled: scrollY }, "");
      history.pushState({ from: location.href }, "", url);
    }
    this.#moved();
  }

  /** From what was opened on `to` back to that, so that the browser's Back does not open it again. */
  close(to: string): void {
    if (kept().from === new URL(to, location.href).href) history.back();
    else this.go(to, "replace");
  }

  /** How far the page of this address was scrolled when it was left. */
  get scrolled(): number {
    return kept().scrolled ?? 0;
  }

  get #mayLeave(): boolean {
    return [...this.asks].every((ask) => ask());
  }

  /** The browser has gone there already: so where one may not leave, it is brought back. */
  #back(): void {
    if (location.href === this.#at || this.#mayLeave) this.#moved();
    else history.pushState({ from: location.href }, "", this.#at);
  }

  #moved(): void {
    this.#at = location.href;
    this.dispatchEvent(new Event("change"));
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return;
    }
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!link?.href || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(ROOT) || url.hash) return;
    event.preventDefault();
    this.go(url.href);
  }
}

/** What the browser keeps of an address: from which it was come to, and how far it was scrolled. */
function kept(): { from?: string; scrolled?: number } {
  return history.state ?? {};
}

export const router = new Router();
