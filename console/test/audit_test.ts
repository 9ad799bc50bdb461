import { assertEquals } from "./assert.ts";
import type { Understood } from "../src/api.ts";
import { termOf, withTerm } from "../src/elements/entry/terms.ts";
import { meant } from "../src/elements/entry/affected.ts";
import { changeName } from "../src/words/entry.ts";
import { chipText } from "../src/pages/audit/chips.ts";
import { conflict, countNew, shifted, spanOf, without } from "../src/pages/audit/line.ts";
import { joined } from "../src/pages/audit/list.ts";
import { Zone } from "../src/time.ts";

const chicago = new Zone("America/Chicago");

function parts(...texts: string[]): Understood[] {
  return texts.map((text) => ({ text, kind: "word" }));
}

Deno.test("a part is taken out of the line, and the rest stays as it was typed", () => {
  const line = "01/01/2015 5:10 pm  admin deleted Smith";
  const read = parts("01/01/2015 5:10 pm", "admin", "deleted", "Smith");
  assertEquals(without(line, read, 0), "admin deleted Smith");
  assertEquals(without(line, read, 1), "01/01/2015 5:10 pm deleted Smith");
  assertEquals(without(line, read, 3), "01/01/2015 5:10 pm  admin deleted");
});

Deno.test("of parts that are alike, the one that was meant", () => {
  assertEquals(without("ann anna ann", parts("ann", "anna", "ann"), 2), "ann anna");
  assertEquals(without("ann anna ann", parts("ann", "anna", "ann"), 0), "anna ann");
  assertEquals(without("anna ann", parts("anna", "ann"), 1), "anna");
});

Deno.test("quotes, fields and what is excluded go as a whole", () => {
  const line = '-"anna lee" username:"John Doe" x';
  const read = parts('-"anna lee"', 'username:"John Doe"', "x");
  assertEquals(without(line, read, 0), 'username:"John Doe" x');
  assertEquals(without(line, read, 1), '-"anna lee" x');
  assertEquals(without("x", parts("x"), 0), "");
  assertEquals(without("x", parts("x"), 1), "x");
});

const day = (text: string, from: string, to: string): Understood => ({ text, kind: "date", from, to });
const second = day("1/2/2015", "2015-01-02T06:00:00.000Z", "2015-01-03T06:00:00.000Z");
const fifth = day("1/5/2015", "2015-01-05T06:00:00.000Z", "2015-01-06T06:00:00.000Z");
const hour = day("1/2/2015 5 pm", "2015-01-02T23:00:00.000Z", "2015-01-03T00:00:00.000Z");

Deno.test("two days that have no moment in common, and the days from one to the other", () => {
  assertEquals(conflict([fifth, second]), { from: second.from!, to: fifth.to! });
  assertEquals(conflict([second, hour]), null);
  assertEquals(conflict([second]), null);
  assertEquals(conflict([...parts("x"), { text: "5 pm", kind: "date" }]), null);
});

Deno.test("a chip says what was read", () => {
  const said = (part: Understood) => chipText(part, chicago);
  assertEquals(said(second), "on 01/02/2015");
  assertEquals(said(hour), "on 01/02/2015 5:00 PM–6:00 PM");
  const minute = day("1/2/2015 5:10 pm", "2015-01-02T23:10:00.000Z", "2015-01-02T23:11:00.000Z");
  assertEquals(said(minute), "on 01/02/2015 5:10 PM");
  assertEquals(said({ text: "5:10 pm", kind: "date" }), "5:10 pm on any day");
  assertEquals(said({ text: "03/08/2026 2:30 am", kind: "date" }), "03/08/2026 2:30 am never: the clock skipped it");
  assertEquals(said({ text: "-anna", kind: "excluded" }), "without anna");
  assertEquals(said({ text: "-source:kiosk", kind: "excluded", field: "source" }), "without source: kiosk");
  assertEquals(said({ text: 'username:"John Doe"', kind: "field", field: "username" }), "username: John Doe");
  assertEquals(said({ text: "ip:2001:db8", kind: "field", field: "ip" }), "IP address: 2001:db8");
  assertEquals(said({ text: "***", kind: "ignored" }), "ignored: ***");
});

Deno.test("a day of 23 or 25 hours is a day", () => {
  assertEquals(spanOf(day("3/8/2026", "2026-03-08T06:00:00Z", "2026-03-09T05:00:00Z")), "day");
  assertEquals(spanOf(day("11/1/2026", "2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z")), "day");
});

Deno.test("days are counted over the ends of months and years, and over changes of the clock", () => {
  assertEquals(shifted("2026-01-03", -6), "2025-12-28");
  assertEquals(shifted("2026-03-10", -6), "2026-03-04");
  assertEquals(shifted("2028-02-28", 1), "2028-02-29");
});

Deno.test("newer entries are those that are not listed", () => {
  assertEquals(countNew([{ id: "3" }, { id: "2" }, { id: "1" }], [{ id: "2" }, { id: "1" }]), 1);
  assertEquals(countNew([], [{ id: "1" }]), 0);
});

Deno.test("a value is searched for by a term that finds only it", () => {
  assertEquals(termOf("username", "jlee"), 'username:"jlee"');
  assertEquals(termOf("username", 'a "b" c'), 'username:"a  b  c"');
  assertEquals(termOf("source", "office_portal"), "source:office_portal");
  assertEquals(withTerm("smith ", 'ip:"10.0.3.4"'), 'smith ip:"10.0.3.4"');
  assertEquals(withTerm('smith ip:"10.0.3.4"', 'ip:"10.0.3.4"'), 'smith ip:"10.0.3.4"');
  assertEquals(withTerm("", "source:system"), "source:system");
});

Deno.test("a record is found by the beginnings of its words", () => {
  const record = { record: { type: "student", id: "204" }, name: "Zoë Müller", change: "updated" };
  for (const typed of ["zoe", "mull", "student 204", "upd mü", "student/204", ""]) {
    assertEquals(meant(record, typed), true, typed);
  }
  for (const typed of ["uller", "zoe smith", "20 5"]) assertEquals(meant(record, typed), false, typed);
});

Deno.test("a search that went on is one page", () => {
  const page = (ids: string[], from: string | null, to: string | null, next: string | null, prev: string | null) => ({
    entries: ids.map((id) => ({ id })) as never,
    range: { from: from as never, to: to as never },
    next,
    prev,
    understood: [],
  });
  const first = page(["4", "3"], "2026-03-02", null, "n1", "p0");
  const second = page(["2"], null, "2026-03-02", null, "p1");
  assertEquals(joined(first, second, false), page(["4", "3", "2"], null, null, null, "p0"));
  assertEquals(
    joined(page(["1"], null, "2026-03-02", "n1", null), page(["2"], "2026-03-02", null, null, "p1"), true),
    page(["1", "2"], null, null, null, null),
  );
});

Deno.test("a deleted part does not read as a deleted record", () => {
  assertEquals(["deleted", "transferred", "constructor"].map(changeName), ["deletion", "transferred", "constructor"]);
  const record = { record: { type: "student", id: "5012" }, change: "deleted" };
  assertEquals(["deleted", "deletion"].map((typed) => meant(record, typed)), [true, true]);
});
