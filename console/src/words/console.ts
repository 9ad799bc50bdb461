/** The words of the console around its pages. Each page has a file of its own here. */

/** Where nobody could be signed in. */
export const signIn = {
  title: "Sign-in",
  again: "Sign in again",
  forged: "This sign-in was not begun here",
  refused: "You could not be signed in",
  unreachable: "Signing in is not possible right now",
  "no-org": "Your account belongs to no business",
  advice: {
    forged: "Perhaps the link is old, or was opened in another browser. Nobody was signed in.",
    refused: "Try again. If it goes on, tell your administrator what stands below.",
    unreachable: "Check your connection, and try again in a minute.",
    "no-org": "Ask your administrator to add you to one, or sign in with another account.",
  },
};

/** The frame around the pages. */
export const shell = {
  skip: "Skip to the content",
  find: "Find a family, student, staff or address",
  audit: "Audit Log",
  deliveries: "Deliveries",
  blacklist: "Blacklist",
  access: "Access",
  settings: "Settings",
  holds: "Holds",
  exports: "Exports",
  manage: "Manage",
  menu: "Menu",
  pages: "Pages",
  finder: "Find",
  record: "Record",
  account: "Your account",
  signOut: "Sign out",
  shortcuts: "Keyboard shortcuts",
  times: "Times are in",
  close: "Close",
  missing: "This page does not exist",
  missingWhy: "Perhaps its address was not copied as a whole.",
  otherOrg: "This link is of another business",
  toStart: "Go to the start page",
  notAllowed: "You may not see this page.",
  noAccess: "You have no access yet",
  noAccessWhy:
    "Your account may not see any log of this business. An administrator can give you permissions under Access.",
  ending: "Your sign-in is about to end. What you do next renews it.",
  ended: "You have been signed out.",
  renew: "Sign in again",
  renewing: "Signing you in again…",
  offline: "You are offline. What you see may not be the latest.",
};

/** The list of shortcuts: each has a visible control, too. */
export const shortcuts: [keys: string[], what: string][] = [
  [["/"], "Search"],
  [["j", "k"], "Next row, row before"],
  [["Enter"], "Open the row"],
  [["Esc"], "Close"],
  [["["], "Newer"],
  [["]"], "Older"],
  [["1", "…", "6"], "Go to a tab"],
  [["c"], "Copy the link"],
  [["?"], "This list"],
];

export function notAllowed(page: string): string {
  return `You may not see the page ${page}`;
}

/** Each of the permissions shows the page. */
export function whoAllows(needed: string[]): string {
  const names = needed.map((name) => `“${name}”`);
  const one = new Intl.ListFormat("en-US", { type: "disjunction" }).format(names);
  return `An administrator can give you the permission ${one} under Access.`;
}

export function signedInAt(name: string): string {
  return `You are signed in at ${name}.`;
}
