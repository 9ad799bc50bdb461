/** The words of the page Holds. */
import type { Schemas } from "../../api.ts";
import type { Mark } from "../../words/elements.ts";

type Hold = Schemas["Hold"];

export const words = {
  title: "Holds",
  what: "Entries and texts are deleted when their time is over. A hold keeps those of a record until it is lifted, " +
    "with those still to come: for a dispute, an insurance or a court. While it stands, the record cannot be erased.",
  record: "Record",
  reason: "Reason",
  placed: "Placed",
  by: "By",
  state: "State",
  actions: "Actions",
  empty: "No record is on hold.",
  lift: "Lift",
  liftMore: "Lift…",
  place: "Place a hold…",
  nextAttempt: "Next attempt",
  givenUp: "It was given up. Tell your administrator; then place or lift the hold again.",
  failure: {
    what: "The list of holds",
    denied: "You may not see the holds. An administrator can give you the permission “Holds” under Access.",
  },
  // Placing
  placeTitle: "Place a hold",
  find: "Record",
  findHint: "Type a name, an id, an address or a phone number.",
  findNothing: "No record is found. Write its type and id, such as family/101.",
  findMissing: "Choose a record, or write its type and id, such as family/101.",
  other: "Another record",
  reasonHint: "Required. It stands in this list and in the audit log.",
  reasonMissing: "Write why these entries are kept.",
  placeButton: "Place the hold",
  notPlaced: "The hold was not placed.",
  cancel: "Cancel",
  // Lifting
  liftWhat: "Entries that are past their time are deleted soon after, for good. All others go when their time is over.",
  notLifted: "The hold was not lifted.",
};

/** How far it is: a hold is in force for what comes at once, and for what is there when it was gone through. */
export const states: Record<Hold["status"], Mark> = {
  placing: { tone: "warn", sign: "wait", text: "Being placed" },
  standing: { tone: "good", sign: "check", text: "Standing" },
  lifting: { tone: "warn", sign: "wait", text: "Being lifted" },
};

export function held(count: number): string {
  return count === 1 ? "keeps 1 entry" : `keeps ${count.toLocaleString("en-US")} entries`;
}

export function tooLate(count: number): string {
  return `${count.toLocaleString("en-US")} had expired before`;
}

export function failing(attempts: number): string {
  return attempts === 1 ? "An attempt has failed" : `${attempts} attempts have failed`;
}

/** On a card, where no column's head stands above the name. */
export function placedBy(who: string): string {
  return `Placed by ${who}`;
}

export function liftTitle(record: string): string {
  return `Lift the hold of ${record}?`;
}

export function placed(record: string): string {
  return `${record} is on hold. What comes is kept from now on; what is there is gone through.`;
}

export function lifted(record: string): string {
  return `The hold of ${record} is being lifted.`;
}
