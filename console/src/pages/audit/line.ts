/** The search line and what the API understood of it: pure. */
import type { Understood } from "../../api.ts";

/** Where each part stands in the line: the API tells them as they were typed, in their order. */
function places(line: string, parts: Understood[]): { start: number; end: number }[] {
  let from = 0;
  return parts.map(({ text }) => {
    const start = Math.max(line.indexOf(text, from), from);
    from = start + text.length;
    return { start, end: from };
  });
}

/** The line without one of its parts. */
export function without(line: string, parts: Understood[], index: number): string {
  const place = places(line, parts)[index];
  if (!place) return line;
  const [before, after] = [line.slice(0, place.start), line.slice(place.end)];
  return `${before.trimEnd()} ${after.trimStart()}`.trim();
}

/** The days of a line of which no moment is on each, from the earliest to the latest; null where there is one. */
export function conflict(parts: Understood[]): { from: string; to: string } | null {
  const dates = parts.flatMap(({ kind, from, to }) => kind === "date" && from && to ? [{ from, to }] : []);
  if (dates.length < 2) return null;
  const begin = dates.map(({ from }) => from).sort();
  const end = dates.map(({ to }) => to).sort();
  if (begin.at(-1)! < end[0]!) return null;
  return { from: begin[0]!, to: end.at(-1)! };
}

/** What a part of kind "date" is. */
export type Span = "day" | "hour" | "moment" | "any day" | "skipped";

export function spanOf({ text, from, to }: Pick<Understood, "text" | "from" | "to">): Span {
  // A time alone has no year, and its interval is that of each day.
  if (!from || !to) return /\d{4}|\d[/-]\d/.test(text) ? "skipped" : "any day";
  const hours = (Date.parse(to) - Date.parse(from)) / 3_600_000;
  return hours >= 20 ? "day" : hours >= 1 ? "hour" : "moment";
}

const DAY = 86_400_000;

/** The day, so many days later: `2026-11-27` and -6 is `2026-11-21`. */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** How many of these are not known yet. */
export function countNew(rows: { id: string }[], known: { id: string }[]): number {
  const ids = new Set(known.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id)).length;
}
