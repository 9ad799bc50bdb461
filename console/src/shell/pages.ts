/** The list of pages: whoever adds one, adds an entry here, and a file beside this one. */
import type { Permission } from "../api.ts";
import type { OrgPage, Place } from "../route.ts";
import { shell as words } from "../words/console.ts";
import "../pages/record.ts";

/** Those by which messages of some kind are seen. */
export const READ_MESSAGES: Permission[] = ["family_email_log", "staff_email_log", "sms_log", "staff_sms_log"];
export const READ_RECORDS: Permission[] = [...READ_MESSAGES, "push_log", "activity_log", "audit_log"];

type PageName = Exclude<Place["page"], "start" | "callback" | "missing">;

export type PageEntry = {
  title: string;
  /** One of these is needed to see it. */
  needs: Permission[];
  /** The element, which is defined by `load`. */
  tag: string;
  load: () => Promise<unknown>;
  /** Whether it asks the API at once, before it is known what the person may. */
  early?: boolean;
  /** Where it stands in the bar at the top: by itself, or in the menu of what few do. */
  bar?: "link" | "menu";
};

/** For pages whose script comes with that of the console; the others are loaded when they are visited. */
const here = () => Promise.resolve();

export const pages: Partial<Record<PageName, PageEntry>> & Record<"finder" | "record", PageEntry> = {
  finder: {
    title: words.finder,
    needs: READ_RECORDS,
    tag: "console-finder",
    load: () => import("../pages/finder.ts"),
  },
  record: {
    title: words.record,
    needs: READ_RECORDS,
    tag: "console-record",
    early: true,
    load: here,
  },
  audit: {
    title: words.audit,
    needs: ["audit_log"],
    tag: "console-audit",
    early: true,
    bar: "link",
    load: () => import("../pages/audit/audit.ts"),
  },
  deliveries: {
    title: words.deliveries,
    needs: READ_MESSAGES,
    tag: "console-deliveries",
    bar: "link",
    load: () => import("../pages/deliveries/deliveries.ts"),
  },
  blacklist: {
    title: words.blacklist,
    needs: ["blacklist"],
    tag: "console-blacklist",
    bar: "menu",
    load: () => import("../pages/blacklist/blacklist.ts"),
  },
  access: {
    title: words.access,
    needs: ["access"],
    tag: "console-access",
    bar: "link",
    load: () => import("../pages/access/access.ts"),
  },
  holds: {
    title: words.holds,
    needs: ["holds"],
    tag: "console-holds",
    bar: "menu",
    load: () => import("../pages/holds/holds.ts"),
  },
  exports: {
    title: words.exports,
    needs: ["export"],
    tag: "console-exports",
    bar: "menu",
    load: () => import("../pages/exports/exports.ts"),
  },
  settings: {
    title: words.settings,
    needs: ["access"],
    tag: "console-settings",
    bar: "menu",
    load: () => import("../pages/settings/settings.ts"),
  },
};

/** Loads what a click opens: then it opens offline too, and after a release, which takes these scripts away. */
export function loadAhead(): void {
  Promise.allSettled([
    import("../elements/dialogs.ts"),
    import("../elements/entry/entry.ts"),
    import("../exports/panel.ts"),
  ]);
}

export function allows({ needs }: PageEntry, permissions: Permission[]): boolean {
  return needs.some((permission) => permissions.includes(permission));
}

/** Whoever may see no log begins with the first page of those that they may see. */
export function startPage(permissions: Permission[]): "finder" | OrgPage {
  if (allows(pages.finder, permissions)) return "finder";
  const [first] = Object.entries(pages).find(([, entry]) => entry.bar && allows(entry, permissions)) ?? [];
  return (first as OrgPage | undefined) ?? "finder";
}
