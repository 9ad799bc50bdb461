/** Loading a list again while something in it goes on. */
import type { DaybookTable } from "../table/table.ts";

export class Reloading {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `milliseconds` are those between an answer and the next call. */
  constructor(readonly milliseconds: number, readonly table: () => DaybookTable | null) {}

  /** The list was loaded, and something in it goes on, or not any more. */
  loaded(goesOn: boolean): void {
    this.stop();
    if (goesOn) this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Not in a tab that nobody sees. */
  #wait(): void {
    this.#timer = setTimeout(() => {
      if (document.visibilityState === "visible") this.table()?.reload();
      else this.#wait();
    }, this.milliseconds);
  }
}
