import { assertEquals } from "./assert.ts";
import type { Understood } from "../src/api.ts";
import { noDates } from "../src/table/no-date.ts";

const word = (text: string): Understood => ({ kind: "word", text });

Deno.test("what looks like a date and was taken for a word is told", () => {
  const line = ["13/45/2026", "31-12-25", "2025-02-29", "2025/13/1"];
  assertEquals(noDates(line.map(word)), line);
  assertEquals(noDates([{ kind: "phrase", text: "31-12-2025" }]), ["31-12-2025"]);
});

Deno.test("dates, phone numbers, other years and what stands in quotes or a field are not", () => {
  const others = ["smith", "415-555-0142", "555-0142", "10.0.3", "1/2", "123-45-6789", "1/2-2026", '"13/45/2026"'];
  assertEquals(noDates([...others, "1/2/1999"].map(word)), []);
  assertEquals(noDates([{ kind: "date", text: "11/20/2026" }, { kind: "excluded", text: "-13/45/2026" }]), []);
  assertEquals(noDates([{ kind: "word", text: "13/45/2026", field: "action" }]), []);
});
