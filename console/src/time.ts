/** Instants in the time zone of the business, in the form that the search line understands: `11/27/2026 4:08 PM`. */

const MINUTE = 60_000;
/** By how much clocks are put back anywhere: an hour, and half an hour on Lord Howe Island. */
const SHIFTS = [30 * MINUTE, 60 * MINUTE];

export class Zone {
  readonly #minutes: Intl.DateTimeFormat;
  readonly #names: Intl.DateTimeFormat;
  readonly #days: Intl.DateTimeFormat;

  /** `name` is of the IANA data base. An unknown one is a RangeError. */
  constructor(readonly name: string) {
    const parts = { timeZone: name, year: "numeric", month: "2-digit", day: "2-digit" } as const;
    this.#minutes = new Intl.DateTimeFormat("en-US", { ...parts, hour: "numeric", minute: "2-digit", hour12: true });
    this.#names = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "short" });
    this.#days = new Intl.DateTimeFormat("en-CA", parts);
  }

  /** Such as `11/01/2026 1:30 AM`, with `CDT` or `CST` behind where the clock shows that minute twice. */
  text(instant: string | Date): string {
    const at = new Date(instant);
    const shown = this.#wall(at);
    const twice = SHIFTS.some((shift) =>
      [-shift, shift].some((step) => this.#wall(new Date(at.getTime() + step)) === shown)
    );
    return twice ? `${shown} ${this.#abbreviation(at)}` : shown;
  }

  /** Such as `4:08 PM`. */
  clock(instant: string | Date): string {
    return this.text(instant).slice(11);
  }

  /** Such as `11/27/2026`. */
  date(instant: string | Date): string {
    return this.#wall(new Date(instant)).slice(0, 10);
  }

  /** The day there, as the API takes it for `from` and `to`: `2026-11-27`. */
  day(instant: string | Date): string {
    return this.#days.format(new Date(instant));
  }

  /** Such as `Central Time`. */
  get label(): string {
    const generic = new Intl.DateTimeFormat("en-US", { timeZone: this.name, timeZoneName: "longGeneric" });
    return part(generic, new Date(), "timeZoneName");
  }

  /** Such as `Central`: for the head of a column. */
  get short(): string {
    return this.label.replace(/ Time$/, "");
  }

  #wall(at: Date): string {
    // Some engines put a narrow space before AM and PM, which nobody types.
    return this.#minutes.format(at).replace(", ", " ").replace(/\s/g, " ");
  }

  #abbreviation(at: Date): string {
    return part(this.#names, at, "timeZoneName");
  }
}

/** A day of the calendar: `2026-11-29` as `11/29/2026`. */
export function dayText(day: string): string {
  return day.replace(/(\d+)-(\d+)-(\d+)/, "$2/$3/$1");
}

/** For a tooltip: UTC, to the second. */
export function utc(instant: string | Date): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, "Z");
}

const zones = new Map<string, Zone>();

/** The zone of that name, made once. */
export function zone(name: string): Zone {
  const made = zones.get(name) ?? new Zone(name);
  zones.set(name, made);
  return made;
}

function part(format: Intl.DateTimeFormat, at: Date, type: string): string {
  return format.formatToParts(at).find((one) => one.type === type)?.value ?? "";
}
