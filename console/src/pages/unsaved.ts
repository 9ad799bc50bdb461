/** Asks before what was changed and not saved is left: by a link, a button of the browser, or a key. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { router } from "../shell/router.ts";
import { leaveUnsaved } from "../words/unsaved.ts";

/** For an element in which something is changed: it asks as long as the element is on the page. */
export class Unsaved implements ReactiveController {
  #left = false;

  constructor(host: ReactiveControllerHost, private readonly changed: () => boolean) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#left = false;
    router.asks.add(this.leaves);
    addEventListener("beforeunload", this.#unloads);
  }

  hostDisconnected(): void {
    router.asks.delete(this.leaves);
    removeEventListener("beforeunload", this.#unloads);
  }

  /** Whether it may be left. Whoever has agreed is not asked again, by the browser either. */
  readonly leaves = (): boolean => {
    if (this.#left || !this.changed()) return true;
    return this.#left = confirm(leaveUnsaved);
  };

  /** The browser asks in its own words. */
  readonly #unloads = (event: Event): void => {
    if (!this.#left && this.changed()) event.preventDefault();
  };
}
