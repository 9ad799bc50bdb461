/** The records that were opened since the page was loaded, the last first: in memory only, as names are personal. */
import type { RecordKey } from "../route.ts";

export type Recent = RecordKey & { name: string };

const MOST = 8;
const opened: Recent[] = [];

export function remember(record: Recent): void {
  const at = opened.findIndex(({ type, id }) => type === record.type && id === record.id);
  if (at >= 0) opened.splice(at, 1);
  opened.unshift(record);
  opened.length = Math.min(opened.length, MOST);
}

export function recent(): readonly Recent[] {
  return opened;
}
