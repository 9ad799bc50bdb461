/** The words of the page Exports. */

export const words = {
  title: "Exports",
  what: "The lists that you have brought into files. Each file is kept for some days, and only you can fetch it. " +
    "A list is exported by the button above it.",
  requested: "Requested",
  list: "List",
  format: "Format",
  state: "State",
  actions: "Actions",
  empty: "You have not exported anything yet.",
  download: "Download",
  cancel: "Cancel",
  noFile: "There is no file any more.",
  notFetched: "The file could not be fetched.",
  notCancelled: "The export was not cancelled.",
  cancelled: "The export was cancelled.",
  failure: {
    what: "The list of exports",
    denied: "You may not export. An administrator can give you the permission “Export” under Access.",
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
