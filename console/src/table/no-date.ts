/** What of a line looks like a date and is none: the API looks for it as a word. */
import type { Understood } from "../api.ts";

/** In the order of the month, and in that of the year; within the years that the API knows. */
const LIKE_A_DATE = /^(\d{1,2}([/-])\d{1,2}\2(20)?\d\d|20\d\d([/-])\d{1,2}\4\d{1,2})$/;

export function noDates(understood: Understood[]): string[] {
  return understood.flatMap(({ kind, field, text }) =>
    (kind === "word" || kind === "phrase") && !field && LIKE_A_DATE.test(text) ? [text] : []
  );
}
