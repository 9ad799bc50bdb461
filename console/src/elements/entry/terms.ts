/** What is written into the search line to find a value again. */

export type Field = "username" | "ip" | "source" | "record";

/** A value to search for, with its term. */
export type Value = { text: string; term: string };

/** The term that finds just this value: in quotes it is no beginning of longer ones. */
export function termOf(field: Field, value: string): string {
  return field === "source" ? `source:${value}` : `${field}:"${value.replace(/["“”„‟＂]/g, " ").trim()}"`;
}

/** The line with one more term; as it is where the term is there already. */
export function withTerm(line: string, term: string): string {
  const terms = ` ${line} `;
  return terms.includes(` ${term} `) ? line.trim() : `${line.trim()} ${term}`.trim();
}
