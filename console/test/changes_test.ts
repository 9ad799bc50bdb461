import { assertEquals } from "./assert.ts";
import { changes, isInstant, label } from "../src/elements/entry/changes.ts";

Deno.test("only what differs, down to the field, in the order of what is now", () => {
  const before = { name: "Ann", address: { street: "12 Oak St", city: "Chicago" }, gone: 1 };
  const after = { address: { city: "Chicago", street: "9 Elm St" }, name: "Ann", level: 2 };
  assertEquals(changes(before, after), [
    { path: ["address", "street"], before: "12 Oak St", after: "9 Elm St" },
    { path: ["level"], before: undefined, after: 2 },
    { path: ["gone"], before: 1, after: undefined },
  ]);
});

Deno.test("a record that was made has all its fields, and one that was deleted had them", () => {
  assertEquals(changes(undefined, { a: 1, b: { c: 2 } }), [
    { path: ["a"], before: undefined, after: 1 },
    { path: ["b", "c"], before: undefined, after: 2 },
  ]);
  assertEquals(changes({ a: null }, undefined), [{ path: ["a"], before: null, after: undefined }]);
});

Deno.test("nothing differs where only the order of names does", () => {
  assertEquals(changes({ a: { b: 1, c: [{ d: 1, e: 2 }] } }, { a: { c: [{ e: 2, d: 1 }], b: 1 } }), []);
  assertEquals(changes(undefined, undefined), []);
});

Deno.test("null, an empty text, false and zero are different things", () => {
  const values = [null, "", false, 0, "0", [], {}];
  for (const one of values) {
    for (const other of values) {
      assertEquals(changes({ a: one }, { a: other }).length > 0, one !== other, JSON.stringify([one, other]));
    }
  }
});

Deno.test("of lists, what went and what came, each as often as it is there", () => {
  const [change] = changes({ classes: ["Mon", "Tue", "Mon"] }, { classes: ["Tue", "Mon", "Wed", "Wed"] });
  assertEquals(change?.items, { removed: ["Mon"], added: ["Wed", "Wed"] });
});

Deno.test("a list that came as a whole, and one that went", () => {
  assertEquals(changes({}, { a: [1] })[0]?.items, { removed: [], added: [1] });
  assertEquals(changes({ a: [1] }, { a: null })[0]?.items, { removed: [1], added: [] });
});

Deno.test("lists in another order have no items of their own", () => {
  const list = changes({ a: [1, 2] }, { a: [2, 1] });
  assertEquals(list, [{ path: ["a"], before: [1, 2], after: [2, 1] }]);
});

Deno.test("a value of another kind is one change, and the whole may be a value", () => {
  assertEquals(changes({ a: { b: 1 } }, { a: "x" }), [{ path: ["a"], before: { b: 1 }, after: "x" }]);
  assertEquals(changes("old", "new"), [{ path: [], before: "old", after: "new" }]);
  assertEquals(changes({ a: [1] }, { a: 1 }), [{ path: ["a"], before: [1], after: 1 }]);
});

Deno.test("names that objects have by themselves are fields like others", () => {
  assertEquals(changes({}, { constructor: 1 }), [{ path: ["constructor"], before: undefined, after: 1 }]);
  const made = JSON.parse('{"__proto__": 1}');
  assertEquals(changes({}, made), [{ path: ["__proto__"], before: undefined, after: 1 }]);
});

Deno.test("names of fields as people write them", () => {
  assertEquals(label(["date_of_birth"]), "Date of birth");
  assertEquals(label(["dateOfBirth"]), "Date of birth");
  assertEquals(label(["address", "zip"]), "Address › Zip");
  assertEquals(label(["IPAddress"]), "IPAddress");
  assertEquals(label(["student ID"]), "Student ID");
  assertEquals(label(["__"]), "__");
});

Deno.test("instants are told from texts", () => {
  for (const text of ["2026-11-27T22:08:00Z", "2026-11-27T22:08:00.123-06:00"]) assertEquals(isInstant(text), true);
  for (const text of ["2026-11-27", "2026-11-27T22:08:00", "2026-13-27T22:08:00Z", 5]) {
    assertEquals(isInstant(text), false);
  }
});
