/** The words of the page Settings. */
export const words = {
  title: "Settings",
  name: "Name of the business",
  nameHint: "It stands at the top of every page.",
  nameMissing: "Write the name.",
  zone: "Time zone",
  zoneHint: "All times are shown, searched and exported in it. Type a city, or what people call it, such as “Central”.",
  zones: "Time zones",
  now: "There it is now",
  links: "Links to your portal",
  linksHint:
    "Where your portal shows a record. {id} stands for the record's id. Leave out what your portal does not show.",
  linkScheme: "Write the whole address, with https:// at its beginning.",
  linkId: "Write {id} where the record's id belongs.",
  example: "https://portal.example/families/{id}",
  save: "Save",
  undo: "Undo",
  saved: "The settings are saved. They are in force within a minute.",
  unchanged: "Nothing is changed yet.",
  notSaved: "The settings were not saved.",
  failure: {
    what: "The settings",
    denied: "You may not see the settings. An administrator can give you the permission “Access” under Access.",
  },
};

export function zoneUnknown(text: string): string {
  return `No time zone is known by “${text}”. Choose one of the list, such as America/Chicago.`;
}
