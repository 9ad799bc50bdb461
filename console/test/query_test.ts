import { assertEquals } from "./assert.ts";
import { backwards, listing, narrowed, newer, older, page, parameters, read, sorted } from "../src/table/query.ts";

Deno.test("an address is read, and asked of the API without what is not set", () => {
  const query = read("tab=logs&sort=status&order=asc&q=smith&from=2026-11-05&status=bounced&status=failed", ["status"]);
  assertEquals(parameters(query), {
    limit: 50,
    sort: "status",
    order: "asc",
    q: "smith",
    from: "2026-11-05",
    status: ["bounced", "failed"],
  });
  assertEquals(narrowed(query), { search: true, filters: 2 });
});

Deno.test("nothing is set by an empty address, nor by an order that there is not", () => {
  assertEquals(parameters(read("order=up&q=&status=", ["status"])), { limit: 50 });
  assertEquals(narrowed(read("", ["status"])), { search: false, filters: 0 });
});

Deno.test("what changes the list begins at the first page", () => {
  assertEquals(listing("tab=logs&cursor=c&page=3", { q: "smith" }), "tab=logs&q=smith");
});

Deno.test("a click on a column sorts by it, a second one the other way", () => {
  const date = { sort: "date", order: "desc" };
  assertEquals(sorted("", "status", date), "sort=status&order=asc");
  assertEquals(sorted("sort=status&order=asc", "status", { sort: "status", order: "asc" }), "sort=status&order=desc");
  assertEquals(sorted("sort=status&order=asc", "date", { sort: "status", order: "asc" }), "sort=date&order=desc");
  assertEquals(sorted("cursor=c&page=2", "date", date), "sort=date&order=asc");
});

Deno.test("pages go forth and back, and the first has no cursor", () => {
  const second = older("q=x", "n1");
  assertEquals(second, "q=x&cursor=n1&page=2");
  const third = older(second, "n2");
  assertEquals(page(third), 3);
  const back = newer(third, "p2");
  assertEquals(back, "q=x&cursor=p2&page=2");
  assertEquals(newer(back, "p1"), "q=x");
  assertEquals(newer("cursor=c", "p"), "");
});

Deno.test("a page that is none is the first", () => {
  for (const text of ["", "page=x", "page=-1", "page=1.5", "page=0"]) assertEquals(page(text), 1);
});

Deno.test("days of which the first is after the last are said in the page's words", () => {
  assertEquals(
    backwards({ from: "2026-11-20", to: "2026-11-01" }),
    "From 11/20/2026 is after To 11/01/2026: swap them.",
  );
  assertEquals(backwards({ from: "2026-11-01", to: "2026-11-01" }), "");
  assertEquals(backwards({ from: "2026-11-20" }), "");
  assertEquals(backwards({ from: "2026-11-20", to: "soon" }), "");
});
