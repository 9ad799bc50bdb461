/** The words of the page Blacklist. */
import type { Schemas } from "../../api.ts";

export const words = {
  title: "Blacklist",
  what: "No e-mail is sent to these addresses. It is usually better to ask for another address than to reset one.",
  address: "Address",
  status: "Status",
  why: "Why",
  since: "Since",
  records: "Records",
  actions: "Actions",
  search: "Search address, name or @domain",
  searchBrief: "Address or name",
  empty: "No address is blacklisted.",
  noRecord: "no record known",
  resetMore: "Reset…",
  reset: "Reset",
  check: "Check",
  checkTitle: "Asks the mail service whether the address gets mail. If it does, it is taken off the list.",
  block: "Block an address…",
  failure: {
    what: "The blacklist",
    denied: "You may not see the blacklist. An administrator can give you the permission “Blacklist” under Access.",
  },
  // The dialog
  blockTitle: "Block an address",
  blockWhat: "No e-mail is sent to it any more, until somebody resets it.",
  blockAddress: "E-mail address",
  blockAddressMissing: "Write the address, such as jane@example.com.",
  blockAddressWrong: "This is no e-mail address. Write it as in jane@example.com.",
  blockReason: "Reason",
  blockReasonHint: "Required. It is shown in the list and kept in the audit log.",
  blockReasonMissing: "Write why this address is to get no e-mail.",
  blockButton: "Block",
  notBlocked: "The address was not blocked.",
  cancel: "Cancel",
};

export function resetDone(address: string): string {
  return `We send e-mail to ${address} again.`;
}

export function checkBegun(address: string): string {
  return `${address} is being checked. It stays on the list until the answer is there.`;
}

/** What came of a block by hand; `unchanged` has it on the list already. */
export function blocked(address: string, result: Schemas["PutResult"]["status"]): string {
  return result === "unchanged" ? `${address} was on the blacklist already.` : `${address} is blocked now.`;
}

export function resetBefore(times: number): string {
  return times === 1 ? "Reset once before" : `Reset ${times} times before`;
}

/** One of the resets before: `on` is an instant as text. */
export function resetBy(on: string, who: string, why: string): string {
  return [`${on}${who ? ` by ${who}` : ""}`, why].filter(Boolean).join(": ");
}

export function andMore(count: number): string {
  return `and ${count} more`;
}

export function notChecked(address: string): string {
  return `${address} is not being checked.`;
}
