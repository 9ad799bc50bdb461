/** Names of the records that a list shows, asked for once each, after the rows are there. */
import type { Daybook } from "../api.ts";
import { isAborted } from "../api.ts";
import { isRecordType } from "../route.ts";

type Named = { type: string; id: string };

/** At once: so that a page of a list does not keep the API from what a person does next. */
const PARALLEL = 4;

export class RecordNames {
  /** Null is a record without a name, or one that may not be seen. */
  readonly #names = new Map<string, string | null>();
  readonly #waiting: Named[] = [];
  readonly #abort = new AbortController();
  #running = 0;

  /** `changed` is called whenever a name has come. */
  constructor(private readonly daybook: Daybook, private readonly changed: () => void) {}

  /** The name, or `family/101` as long as none is known. */
  text(record: Named): string {
    return this.#names.get(keyOf(record)) ?? keyOf(record);
  }

  want(records: Named[]): void {
    for (const record of records) {
      const key = keyOf(record);
      if (this.#names.has(key)) continue;
      this.#names.set(key, null);
      if (isRecordType(record.type)) this.#waiting.push(record);
    }
    while (this.#running < PARALLEL && this.#waiting.length) this.#work();
  }

  stop(): void {
    this.#abort.abort();
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    this.#running += 1;
    for (let record = this.#waiting.shift(); record; record = this.#waiting.shift()) await this.#ask(record);
    this.#running -= 1;
  }

  async #ask(record: Named): Promise<void> {
    if (!isRecordType(record.type)) return;
    try {
      const head = await this.daybook.head({ type: record.type, id: record.id }, this.#abort.signal);
      if (!head.name) return;
      this.#names.set(keyOf(record), head.name);
      this.changed();
    } catch (error) {
      // The row says `family/101` then, which is right, too.
      if (!isAborted(error)) console.warn(`The name of ${keyOf(record)} is not known:`, error);
    }
  }
}

function keyOf({ type, id }: Named): string {
  return `${type}/${id}`;
}
