/** The exports that were begun since the page was loaded: they are followed whatever is shown meanwhile. */
import { type ApiError, type Daybook, type Schemas, shown } from "../api.ts";
import { CANCELLED } from "../words/exports.ts";

export type Export = Schemas["Export"];
export type ExportOrder = Schemas["ExportRequest"];
/** `error` is why it could not be asked for last; `cancelling` is whether its cancel waits for an answer. */
export type Followed = { export: Export; error: ApiError | null; cancelling?: boolean };

/** Milliseconds between two looks: a small export is soon done, and a large one need not be asked for so often. */
const FIRST = 500;
const LONGEST = 5_000;
const GROWTH = 1.5;

export class Running extends EventTarget {
  readonly #all = new Map<string, Followed>();

  constructor(readonly daybook: Daybook) {
    super();
  }

  of(list: string): Followed[] {
    return [...this.#all.values()].filter((one) => one.export.list === list);
  }

  /** ApiError where the API does not begin it. */
  async begin(body: ExportOrder): Promise<void> {
    const { daybook } = this;
    const params = { path: { org: daybook.org } };
    const begun = await daybook.ask((client) => client.POST("/v1/orgs/{org}/exports", { params, body }));
    this.#set(begun);
    this.#follow(begun.id, FIRST);
  }

  /** ApiError where it was not cancelled. */
  async cancel(id: string): Promise<void> {
    this.#mark(id, true);
    try {
      await cancel(this.daybook, id);
      const before = this.#all.get(id);
      if (before) this.#set({ ...before.export, status: "failed", reason: CANCELLED });
    } finally {
      this.#mark(id, false);
    }
  }

  /** What the API says of one that is shown; an answer from before its end changes nothing. */
  update(one: Export): void {
    const before = this.#all.get(one.id)?.export;
    if (before && before.status !== "failed") this.#set(one);
  }

  dismiss(id: string): void {
    this.#all.delete(id);
    this.#changed();
  }

  #follow(id: string, pause: number): void {
    setTimeout(async () => {
      const before = this.#all.get(id);
      if (before?.export.status !== "running") return;
      let goesOn = true;
      try {
        const now = await look(this.daybook, id);
        this.update(now);
        goesOn = now.status === "running";
      } catch (error) {
        const failed = shown(error);
        if (this.#all.get(id)?.export.status === "running") this.#set(before.export, failed);
        // No network, too many calls or a busy store is over at some time; the others are not by themselves.
        goesOn = failed.status === 0 || failed.status === 429 || failed.status >= 500;
      }
      if (goesOn) this.#follow(id, Math.min(pause * GROWTH, LONGEST));
    }, pause);
  }

  #set(one: Export, error: ApiError | null = null): void {
    this.#all.set(one.id, { ...this.#all.get(one.id), export: one, error });
    this.#changed();
  }

  #mark(id: string, cancelling: boolean): void {
    const one = this.#all.get(id);
    if (one) this.#all.set(id, { ...one, cancelling });
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

const known = new WeakMap<Daybook, Running>();

export function runningOf(daybook: Daybook): Running {
  const made = known.get(daybook) ?? new Running(daybook);
  known.set(daybook, made);
  return made;
}

export function look(daybook: Daybook, id: string): Promise<Export> {
  const params = { path: { org: daybook.org, id } };
  return daybook.ask((client) => client.GET("/v1/orgs/{org}/exports/{id}", { params }));
}

export async function cancel(daybook: Daybook, id: string): Promise<void> {
  const params = { path: { org: daybook.org, id } };
  await daybook.tell((client) => client.DELETE("/v1/orgs/{org}/exports/{id}", { params }));
}

/** Brings the file to the browser; its link lives for minutes, so it is asked for now. Answers what the API says. */
export async function download(daybook: Daybook, id: string): Promise<Export> {
  const now = await look(daybook, id);
  if (now.url) {
    const link = document.createElement("a");
    link.href = now.url;
    link.download = "";
    link.click();
  }
  return now;
}
