/** The state of a list, as it stands in the address: `sort=status&order=asc&q=nguyen&page=2&cursor=...`. */
import { changed } from "../route.ts";
import { swapped } from "../words/elements.ts";

export const LIMIT = 50;

/** What a list asks of the API. `filters` are the list's own parameters. */
export type ListQuery = {
  limit: number;
  cursor?: string;
  sort?: string;
  order?: "asc" | "desc";
  q?: string;
  from?: string;
  to?: string;
  filters: Record<string, string[]>;
};

/** What is said where the first day is after the last; empty where that is not so. */
export function backwards({ from = "", to = "" }: Pick<ListQuery, "from" | "to">): string {
  const days = [from, to].every((day) => /^\d{4}-\d\d-\d\d$/.test(day));
  return days && from > to ? swapped(from, to) : "";
}

/** The parameters that a list keeps in the address, with the names of its filters. */
export function own(filters: string[]): string[] {
  return ["sort", "order", "q", "from", "to", "page", "cursor", ...filters];
}

export function read(text: string, filters: string[]): ListQuery {
  const query = new URLSearchParams(text);
  const one = (name: string) => query.get(name) || undefined;
  const order = one("order");
  return {
    limit: LIMIT,
    cursor: one("cursor"),
    sort: one("sort"),
    order: order === "asc" || order === "desc" ? order : undefined,
    q: one("q"),
    from: one("from"),
    to: one("to"),
    filters: Object.fromEntries(filters.map((name) => [name, query.getAll(name).filter(Boolean)])),
  };
}

/**
 * For `params.query` of a call: what is set, and the filters beside the rest. The address may hold any words, and the
 * API says what is wrong with them: so `never` stands for the values, which fits each call.
 */
export function parameters(query: ListQuery): Record<string, never> {
  const { filters, ...rest } = query;
  const all = { ...rest, ...filters };
  const set = Object.entries(all).filter(([, value]) =>
    value !== undefined && !(Array.isArray(value) && !value.length)
  );
  return Object.fromEntries(set) as Record<string, never>;
}

/** A change of what is listed begins at the first page again. */
export function listing(text: string, changes: Record<string, string | string[] | null>): string {
  return changed(new URLSearchParams(text), { ...changes, cursor: null, page: null }).toString();
}

/** The click on a column's head: the other order, or that column in the order that one expects of it. */
export function sorted(text: string, key: string, now: { sort: string; order: string }): string {
  const first = key === "date" || key === "sent" ? "desc" : "asc";
  const order = now.sort === key ? (now.order === "asc" ? "desc" : "asc") : first;
  return listing(text, { sort: key, order });
}

export function page(text: string): number {
  const number = Number(new URLSearchParams(text).get("page"));
  return Number.isInteger(number) && number > 1 ? number : 1;
}

/** The next page. */
export function older(text: string, cursor: string): string {
  return changed(new URLSearchParams(text), { cursor, page: String(page(text) + 1) }).toString();
}

/** The page before. The first page has no cursor: so it also shows what has come since. */
export function newer(text: string, cursor: string): string {
  const before = page(text) - 1;
  const first = before <= 1;
  return changed(new URLSearchParams(text), { cursor: first ? null : cursor, page: first ? null : String(before) })
    .toString();
}

/** Whether anything narrows the list, and how many filters do beside the search line. */
export function narrowed(query: ListQuery): { search: boolean; filters: number } {
  const filters = Object.values(query.filters).filter((values) => values.length).length;
  return { search: query.q !== undefined, filters: filters + (query.from ? 1 : 0) + (query.to ? 1 : 0) };
}
