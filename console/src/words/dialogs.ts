/** The words of what is loaded at a click: an e-mail, the reset of an address, and all logs of a record as one. */
import type { Schemas } from "../api.ts";
import type { Words } from "./elements.ts";

const words = {
  // E-mail
  email: "E-mail",
  theEmail: "The e-mail",
  theText: "The text",
  toAddress: "To",
  fromAddress: "from",
  close: "Close",
  text: "Text",
  happened: "What happened",
  recorded: "Opening the text is recorded in the audit log.",
  imagesOff: "Pictures from the internet are not loaded, as the sender would learn of it.",
  showImages: "Show images",
  textExpired: "The text is no longer kept. Texts are kept for 24 months after sending.",
  textNone: "No text was recorded for this e-mail.",
  textEmpty: "This e-mail has no text.",
  noEvents: "Nothing has been reported about this message yet.",
  statusOnly: "The status was reported with the message itself; no events are known.",
  notSent: "This message was not sent, so nothing is reported about it.",
  technical: "Technical details",
  machine: "a machine, not a person",
  // Reset
  resetAdvice: "It is usually better to ask for another address than to reset this one.",
  resetNew: "I asked; they gave me a new address",
  resetNewNext: "Stop here, and enter the new address in their record. Nothing needs to be reset.",
  resetSame: "They want to get e-mail at this address again",
  resetReason: "Reason",
  resetReasonHint: "Required. It is kept in the audit log.",
  resetFailed: "The address was not reset.",
  resetReasonMissing: "Write why this address is reset.",
  resetNotAgain: "E-mails that were not sent are not sent again.",
  cancel: "Cancel",
  // All logs as one
  channels: "Logs to show",
  searchEverything: "Search all logs",
  noEverything: "Nothing has been recorded for this record yet.",
};

export type DialogWords = typeof words;

/** These, and those of the element around; a host's page may override both. */
export function dialogWords(around: Words): Words & DialogWords {
  return { ...words, ...around };
}

export const events: Record<Schemas["EventRow"]["type"], string> = {
  send: "Sent",
  delivery: "Accepted by their mail server",
  delivery_delay: "Delayed: their server asks to wait",
  bounce: "Returned",
  complaint: "Marked as spam",
  open: "Opened",
  click: "Link followed",
  reject: "Refused by our mail service",
  rendering_failure: "The template could not be filled in",
  subscription: "Subscription changed",
  failure: "Failed",
  pending: "Waiting for the phone network",
};

export function resetTitle(address: string): string {
  return `Reset ${address}?`;
}
