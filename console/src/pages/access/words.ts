/** The words of the page Access. */
import type { Permission } from "../../api.ts";
import { permissions } from "../../words/elements.ts";
import type { Grantee, Kind } from "./grants.ts";

export const words = {
  title: "Access",
  what: "What groups and staff may see and do. Whoever is in several groups may do what any of them may.",
  soon: "A change takes effect within a minute.",
  who: "Who",
  groups: "Groups",
  staff: "Staff",
  admin: "Administrators",
  adminWhy: "May do everything, always: who belongs to this group is decided where people sign in.",
  edit: "Edit",
  save: "Save",
  cancel: "Cancel",
  yes: "may",
  no: "may not",
  addStaff: "Add staff…",
  addGroup: "Add a group…",
  noGroups: "No other group has been given anything yet.",
  noStaff: "No single person has been given anything yet.",
  addStaffTitle: "Add staff",
  addGroupTitle: "Add a group",
  username: "Username",
  usernameHint: "As it stands in the audit log, in any letter case. It may be somebody who has not signed in yet.",
  groupName: "Name of the group",
  groupHint: "Exactly as it is named where people sign in, with its capitals and blanks.",
  nameMissing: "Write the name.",
  goOn: "Go on",
  suggestions: "Staff seen in the audit log",
  unchanged: "Nothing is changed yet.",
  nothingLeft: "will see nothing any more.",
  self: "This takes away your own access to this page. Only somebody else can give it back.",
  mighty: "Whoever has “Access” can give any permission, to themselves too.",
  conflict: "Somebody else has changed this page meanwhile. What you chose is kept: look at it, and save it again.",
  notSaved: "Nothing was saved.",
  failure: {
    what: "The list of permissions",
    denied: "You may not see who may do what. An administrator can give you the permission “Access” under Access.",
  },
};

/** Short enough for the head of a column. */
export const columns: Record<Permission, string> = { ...permissions, push_log: "Push", activity_log: "Activity" };

/** What a permission is good for, below its name. */
export const meanings: Record<Permission, string> = {
  family_email_log: "E-mails to families, with their text, and blacklisted recipients",
  staff_email_log: "E-mails to staff, with their text, and blacklisted recipients",
  sms_log: "Text messages to families",
  staff_sms_log: "Text messages to staff",
  push_log: "Push notifications to families",
  activity_log: "What families, students and staff did",
  audit_log: "Who changed what, of a record and of the whole business",
  blacklist: "See, block, check and reset addresses",
  export: "Download lists",
  holds: "Keep the entries of a record beyond their time",
  erase: "Erase what is stored about a person, for good",
  access: "Change this page and the settings",
};

export const kinds: Record<Kind, string> = { group: "Group", staff: "Staff" };

const list = new Intl.ListFormat("en-US");

function named(all: Permission[]): string {
  return list.format(all.map((one) => permissions[one]));
}

/** What saving does: "Front desk will see: Family Email Log. No longer: SMS Logs." */
export function change({ name }: Grantee, after: Permission[], removed: Permission[]): string {
  if (!after.length) return `${name} ${words.nothingLeft}`;
  return `${name} will see: ${named(after)}.${removed.length ? ` No longer: ${named(removed)}.` : ""}`;
}

export function saved({ name }: Grantee): string {
  return `Saved: ${name}. ${words.soon}`;
}

/** What somebody else has made of the same grant. */
export function nowGranted({ name }: Grantee, now: Permission[]): string {
  return now.length ? `${name} has by now: ${named(now)}.` : `${name} has nothing by now.`;
}
