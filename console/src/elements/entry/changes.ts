/** What differs between the two states of a record that an audit entry has: pure, and of any JSON. */

export type Change = {
  /** The names down to the value: `["address", "city"]`; empty where the whole is one value. */
  path: string[];
  /** Undefined where the field was not there. */
  before: unknown;
  after: unknown;
  /** Of two lists: what only one of them has, in their order. Left out where they differ in order alone. */
  items?: { removed: unknown[]; added: unknown[] };
};

/** The fields that differ, in the order of `after`, then those that only `before` has. */
export function changes(before: unknown, after: unknown): Change[] {
  return [...differing([], before, after)];
}

function* differing(path: string[], before: unknown, after: unknown): Generator<Change> {
  if (same(before, after)) return;
  const fields = isObject(before) ? before : before === undefined ? {} : null;
  const others = isObject(after) ? after : after === undefined ? {} : null;
  if (fields && others) {
    const names = new Set([...Object.keys(others), ...Object.keys(fields)]);
    if (!names.size) yield { path, before, after };
    for (const name of names) yield* differing([...path, name], own(fields, name), own(others, name));
    return;
  }
  const items = listed(before, after);
  yield { path, before, after, ...(items ? { items } : {}) };
}

/** Each item of a list counts as often as it is there. */
function listed(before: unknown, after: unknown): Change["items"] {
  if (!Array.isArray(before ?? []) || !Array.isArray(after ?? [])) return undefined;
  const [old, now] = [list(before), list(after)];
  const removed = without(old, now);
  const added = without(now, old);
  return removed.length || added.length ? { removed, added } : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function without(items: unknown[], others: unknown[]): unknown[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(canonical(other), (left.get(canonical(other)) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(canonical(item)) ?? 0;
    left.set(canonical(item), count - 1);
    return count <= 0;
  });
}

function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** The same text for values that differ only in the order of names. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  ) ?? "";
}

function own(fields: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field's name for people: `date_of_birth` and `dateOfBirth` are "Date of birth". */
export function label(path: string[]): string {
  return path.map((name) => {
    const spaced = name.replace(/[_-]+/g, " ").replace(/(?<=[a-z\d])(?=[A-Z])/g, " ").trim();
    const lower = spaced.replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
    return lower ? lower[0]!.toUpperCase() + lower.slice(1) : name;
  }).join(" › ");
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

export function isInstant(value: unknown): value is string {
  return typeof value === "string" && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
}
