/** The words of the page Exports. */
import { exportDenied } from "../../words/exports.ts";

export const words = {
  title: "Exports",
  what: "The files of the lists that you have exported. Only you can download them, until the date that is shown. " +
    "To export a list, open it and choose Export.",
  requested: "Requested",
  list: "List",
  format: "Format",
  state: "State",
  actions: "Actions",
  empty: "You have not exported anything yet.",
  download: "Download",
  cancel: "Cancel",
  cancelling: "Cancelling…",
  noFile: "The file is no longer kept. Export the list again.",
  notFetched: "The file could not be downloaded.",
  notCancelled: "The export was not cancelled.",
  cancelled: "The export was cancelled.",
  failure: {
    what: "The list of exports",
    denied: exportDenied,
  },
};

/** For a screen reader, of which row a button is. */
export function actionLabel(action: string, list: string, requested: string): string {
  return `${action}: ${list}, ${requested}`;
}

/** The list of a record by its name. */
export function ofRecord(list: string): string {
  return `${list} of`;
}
