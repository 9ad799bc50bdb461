import { assertEquals, assertThrows } from "./assert.ts";
import { utc, Zone } from "../src/time.ts";

const chicago = new Zone("America/Chicago");

Deno.test("an instant is shown as the search line takes it", () => {
  assertEquals(chicago.text("2026-11-27T22:08:59.123Z"), "11/27/2026 4:08 PM");
  assertEquals(chicago.text("2026-07-04T05:00:00Z"), "07/04/2026 12:00 AM");
  assertEquals(new Zone("Europe/London").text("2026-07-04T11:00:00Z"), "07/04/2026 12:00 PM");
});

Deno.test("only ordinary blanks, which can be typed", () => {
  assertEquals(/^[\d/]+ [\d:]+ [AP]M$/.test(chicago.text("2026-01-02T03:04:05Z")), true);
});

Deno.test("the hour that comes twice is told apart", () => {
  assertEquals(chicago.text("2026-11-01T06:30:00Z"), "11/01/2026 1:30 AM CDT");
  assertEquals(chicago.text("2026-11-01T07:30:00Z"), "11/01/2026 1:30 AM CST");
  assertEquals(chicago.text("2026-11-01T05:59:00Z"), "11/01/2026 12:59 AM");
  assertEquals(chicago.text("2026-11-01T08:00:00Z"), "11/01/2026 2:00 AM");
});

Deno.test("half an hour on Lord Howe Island", () => {
  const island = new Zone("Australia/Lord_Howe");
  const first = island.text("2026-04-04T14:45:00Z");
  const second = island.text("2026-04-04T15:15:00Z");
  assertEquals(first.slice(0, 18), second.slice(0, 18));
  assertEquals(first === second, false);
});

Deno.test("days, clocks and the name of the zone", () => {
  assertEquals(chicago.day("2026-11-28T03:00:00Z"), "2026-11-27");
  assertEquals(chicago.date("2026-11-28T03:00:00Z"), "11/27/2026");
  assertEquals(chicago.clock("2026-11-28T03:00:00Z"), "9:00 PM");
  assertEquals(chicago.label, "Central Time");
  assertEquals(chicago.short, "Central");
  assertEquals(new Zone("UTC").text("2026-11-28T03:00:00Z"), "11/28/2026 3:00 AM");
});

Deno.test("an unknown zone is an error", () => {
  assertThrows(() => new Zone("America/Nowhere"), RangeError);
});

Deno.test("the tooltip is UTC to the second", () => {
  assertEquals(utc("2026-11-27T22:08:59.123Z"), "2026-11-27T22:08:59Z");
});
