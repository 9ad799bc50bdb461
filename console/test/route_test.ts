import { assertEquals, assertThrows } from "./assert.ts";
import { changed, href, parse, type Place, recordOf } from "../src/route.ts";

function place(path: string): Place {
  const { query: _, ...rest } = parse(new URL(path, "https://log.example.com"));
  return rest as Place;
}

const PLACES: [string, Place][] = [
  ["/console/", { page: "start" }],
  ["/console/callback", { page: "callback" }],
  ["/console/riverside/", { page: "finder", org: "riverside" }],
  ["/console/riverside/family/101", { page: "record", org: "riverside", record: { type: "family", id: "101" } }],
  ["/console/riverside/staff/a%2Fb%25", { page: "record", org: "riverside", record: { type: "staff", id: "a/b%" } }],
  [
    "/console/riverside/family/101/emails/2026x",
    { page: "record", org: "riverside", record: { type: "family", id: "101" }, email: "2026x" },
  ],
  ["/console/riverside/audit", { page: "audit", org: "riverside" }],
  ["/console/riverside/audit/2026x", { page: "audit", org: "riverside", entry: "2026x" }],
  ["/console/riverside/deliveries", { page: "deliveries", org: "riverside" }],
  ["/console/riverside/blacklist", { page: "blacklist", org: "riverside" }],
  ["/console/riverside/access", { page: "access", org: "riverside" }],
  ["/console/riverside/settings", { page: "settings", org: "riverside" }],
  ["/console/riverside/holds", { page: "holds", org: "riverside" }],
];

for (const [path, expected] of PLACES) {
  Deno.test(`${path} is read, and written again`, () => {
    assertEquals(place(path), expected);
    assertEquals(href(expected), path);
  });
}

for (
  const path of [
    "/elsewhere",
    "/console/riverside/nothing",
    "/console/riverside/family",
    "/console/riverside/family/101/texts/1",
    "/console/riverside/family/101/emails",
    "/console/riverside/holds/1",
    "/console/riverside/family/%E0%A4%A",
    "/console/riverside/audit/1/2",
  ]
) {
  Deno.test(`${path} is no page`, () => assertEquals(place(path), { page: "missing" }));
}

Deno.test("a finder without its last slash is the same", () => {
  assertEquals(place("/console/riverside"), { page: "finder", org: "riverside" });
});

Deno.test("state goes behind the path", () => {
  const to = href({ page: "audit", org: "riverside" }, new URLSearchParams({ q: "a b&c" }));
  assertEquals(to, "/console/riverside/audit?q=a+b%26c");
  assertEquals(parse(new URL(to, "https://log.example.com")).query.get("q"), "a b&c");
});

Deno.test("changes leave the rest as it is", () => {
  const before = new URLSearchParams("tab=logs&status=a&status=b&q=x");
  assertEquals(changed(before, { status: ["c", ""], q: null, to: "" }).toString(), "tab=logs&status=c");
  assertEquals(before.toString(), "tab=logs&status=a&status=b&q=x");
});

Deno.test("a record is a type and an id", () => {
  assertEquals(recordOf("family/10/1"), { type: "family", id: "10/1" });
  for (const text of ["", "family", "family/", "invoice/1", "/1"]) {
    assertThrows(() => recordOf(text), /write family\/ID/);
  }
});
