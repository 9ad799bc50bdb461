/** What is asked of the API for a list as it is shown. */
import type { Exported } from "./button.ts";
import type { ExportOrder } from "./running.ts";

export type Form = { format: ExportOrder["format"]; changes: boolean };

export function isAudit(list: string): boolean {
  return list === "audit" || list.endsWith("/audit");
}

/** Whether the file is in another order than the list: these two orders change while a list is read. */
export function isBySending({ list, query: { sort } }: Exported): boolean {
  return /^records\/.*\/(emails|sms)$/.test(list) && (sort === "status" || sort === "date");
}

/** Only what is set; the statuses of a filter that means several are one each. */
export function queryOf({ query }: Exported): Record<string, string | string[]> {
  const { filters, q, from, to, sort, order } = query;
  const values = Object.entries(filters).map(([name, value]) =>
    [name, name === "status" ? value.flatMap((one) => one.split(",")) : value] as const
  );
  return Object.fromEntries([...Object.entries({ q, from, to, sort, order }), ...values].filter(isSet));
}

function isSet(pair: readonly [string, string | string[] | undefined]): pair is readonly [string, string | string[]] {
  return Boolean(pair[1]?.length);
}

export function orderOf(exported: Exported, { format, changes }: Form): ExportOrder {
  const rows = changes && format === "csv" && isAudit(exported.list) ? "changes" : "entries";
  return { list: exported.list, query: queryOf(exported), format, rows };
}
