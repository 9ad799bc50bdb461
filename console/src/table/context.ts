/** What every element is given, or makes of its attributes. */
import type { Daybook } from "../api.ts";
import type { RecordKey } from "../route.ts";
import type { Words } from "../words/elements.ts";
import type { Zone } from "../time.ts";

/** Addresses of places, where the page around has some. */
export type Links = {
  record?: (record: { type: string; id: string }) => string | undefined;
  email?: (record: RecordKey, id: string) => string;
  /** An entry of the audit log. */
  entry?: (id: string) => string;
  /** The person's own exports. */
  exports?: () => string;
  /** The audit log as this asks for it; with `keep`, what the address asks for stays. */
  audit?: (query: Record<string, string>, keep?: boolean) => string;
};

/** `zone` is null until the settings of the business are here. */
export type Context = { daybook: Daybook; zone: Zone | null; words: Words; links: Links };
