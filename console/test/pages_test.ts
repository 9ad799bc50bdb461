import { assertEquals } from "./assert.ts";
import { startPage } from "../src/shell/pages.ts";

Deno.test("one begins with the search, or else with the first page that one may see", () => {
  assertEquals(startPage(["access", "sms_log"]), "finder");
  assertEquals(startPage(["holds", "access"]), "access");
  assertEquals(startPage(["holds", "blacklist"]), "blacklist");
  assertEquals(startPage(["holds"]), "holds");
  assertEquals(startPage([]), "finder");
});
