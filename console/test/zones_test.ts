import { assertEquals } from "./assert.ts";
import { allZones, changes, findZones, isZone, linkFault } from "../src/pages/settings/zones.ts";
import { zone } from "../src/time.ts";

const label = (name: string) => zone(name).label;

Deno.test("a zone is found by city, region and what people call it", () => {
  const zones = allZones();
  const central = findZones("central", zones, label);
  assertEquals(central.includes("America/Chicago"), true);
  assertEquals(new Set(central.slice(0, 3).map(label)), new Set(["Central Time"]));
  assertEquals(findZones("new york", zones, label)[0], "America/New_York");
  assertEquals(findZones("london", zones, label), ["Europe/London"]);
  assertEquals(findZones("nowhere", zones, label), []);
});

Deno.test("an unknown zone is none", () => {
  assertEquals(["UTC", "America/Chicago", "Central", ""].map(isZone), [true, true, false, false]);
});

Deno.test("only what was changed is sent, and an emptied link is taken away", () => {
  const before = { name: "R", time_zone: "UTC", record_url: { family: "https://p.example/{id}" } };
  assertEquals(changes(before, structuredClone(before)), {});
  assertEquals(changes(before, { ...before, record_url: { staff: " ", family: "https://p.example/{id}" } }), {});
  assertEquals(changes(before, { ...before, name: "S", record_url: { family: "" } }), { name: "S", record_url: {} });
});

Deno.test("a link is a whole address with a place for the id", () => {
  assertEquals(
    ["", "https://p.example/{id}", "p.example/{id}", "ftp://p.example/{id}", "https://p.example/"].map(linkFault),
    [
      null,
      null,
      "scheme",
      "scheme",
      "id",
    ],
  );
});
