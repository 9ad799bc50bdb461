/** Time zones to choose from, and what has changed in a form. Nothing here needs a browser. */
import type { Schemas } from "../../api.ts";

export type Settings = Schemas["Settings"];
export type Change = Schemas["SettingsChange"];

const SHOWN = 12;

/** Names of the IANA data base, as this browser knows them. */
export function allZones(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")];
}

/**
 * The zones of which the name, or what people call it, has every word. Those called so come first: `central` finds
 * America/Chicago, whose time is the Central Time; then those of a city or a region of that name.
 */
export function findZones(line: string, zones: string[], label: (zone: string) => string): string[] {
  const words = split(line);
  const called = words.filter((word) => word !== "time").join(" ");
  const rank = (name: string) => {
    if (called && label(name).toLowerCase() === `${called} time`) return 0;
    return split(name).slice(1).join(" ").startsWith(called) ? 1 : 2;
  };
  return zones
    .filter((name) => {
      const text = ` ${[...split(name), ...split(label(name))].join(" ")}`;
      return words.every((word) => text.includes(` ${word}`));
    })
    .map((name) => ({ name, rank: rank(name) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, SHOWN)
    .map(({ name }) => name);
}

function split(text: string): string[] {
  return text.toLowerCase().split(/[\s/_,]+/).filter(Boolean);
}

/** Whether this browser can show times of the zone. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What is to be sent: only what has changed. An emptied link is left out of the new links. */
export function changes(before: Settings, after: Settings): Change {
  const links = Object.fromEntries(Object.entries(after.record_url).filter(([, url]) => url.trim()));
  const linked = JSON.stringify(sorted(links)) !== JSON.stringify(sorted(before.record_url));
  return {
    ...(after.name !== before.name ? { name: after.name } : {}),
    ...(after.time_zone !== before.time_zone ? { time_zone: after.time_zone } : {}),
    ...(linked ? { record_url: links } : {}),
  };
}

/** What is wrong with a link: `null` where it can be used. */
export function linkFault(url: string): "scheme" | "id" | null {
  const text = url.trim();
  if (!text) return null;
  if (!/^https?:\/\/[^/\s]/.test(text)) return "scheme";
  return text.includes("{id}") ? null : "id";
}

function sorted(links: Record<string, string>): [string, string][] {
  return Object.entries(links).sort(([a], [b]) => a.localeCompare(b));
}
