import { assertEquals } from "./assert.ts";
import { ApiError } from "../src/api.ts";
import { isAudit, isBySending, orderOf } from "../src/exports/order.ts";
import { inWords } from "../src/exports/refusal.ts";
import { read } from "../src/table/query.ts";
import { zone } from "../src/time.ts";
import { words as elementWords } from "../src/words/elements.ts";
import {
  distinct,
  exportWords,
  formatName,
  listName,
  narrowedBy,
  progress,
  ready,
  recordIn,
  regionName,
  size,
  state,
  why,
} from "../src/words/exports.ts";

const say = exportWords(elementWords);
const chicago = zone("America/Chicago");
const running = {
  id: "x-1",
  list: "audit",
  query: {},
  format: "csv",
  status: "running",
  rows: 12345,
  requested_at: "2026-11-28T20:00:00.000Z",
  requested_by: "admin",
} as const;

Deno.test("what is ordered is what the list is narrowed by, on all its pages", () => {
  const query = read("q=nguyen&from=2026-11-01&status=bounced,failed&sort=sent&order=asc&page=3&cursor=x", ["status"]);
  assertEquals(orderOf({ list: "records/family/101/emails", query }, { format: "csv", changes: false }), {
    list: "records/family/101/emails",
    query: { sort: "sent", order: "asc", q: "nguyen", from: "2026-11-01", status: ["bounced", "failed"] },
    format: "csv",
    rows: "entries",
  });
});

Deno.test("nothing is ordered by what is not set", () => {
  const query = read("", ["staff", "source"]);
  assertEquals(orderOf({ list: "audit", query }, { format: "jsonl", changes: false }), {
    list: "audit",
    query: {},
    format: "jsonl",
    rows: "entries",
  });
});

Deno.test("one row per change is a form of audit entries in CSV", () => {
  const query = read("", []);
  const rows = (list: string, format: "csv" | "jsonl") => orderOf({ list, query }, { format, changes: true }).rows;
  assertEquals(rows("audit", "csv"), "changes");
  assertEquals(rows("records/family/101/audit", "csv"), "changes");
  assertEquals(rows("audit", "jsonl"), "entries");
  assertEquals(rows("records/family/101/emails", "csv"), "entries");
  assertEquals(isAudit("records/family/audit"), true);
});

Deno.test("a list is named as where it stands", () => {
  const name = (list: string, query = {}) => listName({ list, query }, say);
  assertEquals(name("audit"), "Audit Log");
  assertEquals(name("records/family/101/emails"), "Email Log");
  assertEquals(name("records/family/101/timeline"), "Everything: family/101");
  assertEquals(name("messages", { log: ["sms"] }), "Deliveries: text messages");
  assertEquals(name("messages", { log: "email" }), "Deliveries: e-mails");
  assertEquals(name("holds"), "Holds");
});

Deno.test("what narrows a list is said in the words of the page", () => {
  const query = { q: "nguyen", from: "2026-11-01", to: "2026-11-28T20:00:00.000Z", status: ["bounced", "failed"] };
  assertEquals(narrowedBy({ list: "records/family/101/emails", query }, say, chicago), [
    "Search: “nguyen”",
    "From: 11/01/2026",
    "To: 11/28/2026 2:00 PM",
    "Status: Bounced, Failed",
  ]);
  const filters = { staff: ["jlee"], source: ["office_portal"], order: "asc" };
  assertEquals(narrowedBy({ list: "audit", query: filters }, say, chicago), [
    "Username: jlee",
    "Source: Office Portal",
  ]);
  assertEquals(narrowedBy({ list: "records/family/1/timeline", query: { log: ["sms"] } }, say, chicago), [
    "Log: SMS Log",
  ]);
  assertEquals(narrowedBy({ list: "messages", query: { log: "sms" } }, say, chicago), []);
});

Deno.test("the progress is the rows, and the day that they have reached", () => {
  const range = { from: "2026-03-02T03:00:00.000Z", to: null };
  assertEquals(progress({ ...running, range }, chicago), "12,345 rows, back to 03/01/2026");
  const up = { ...running, query: { order: "asc" }, range: { from: null, to: "2026-03-02T12:00:00.000Z" } };
  assertEquals(progress(up, chicago), "12,345 rows, up to 03/02/2026");
  assertEquals(progress({ ...running, rows: 1 }, chicago), "1 row");
  assertEquals(progress({ ...running, rows_of: "changes" }, chicago), "12,345 entries");
});

Deno.test("before the first rows, an export starts", () => {
  const none = { ...running, rows: 0 };
  assertEquals(progress(none, chicago), "Starting…");
  const range = { from: "2026-03-02T03:00:00.000Z", to: null };
  assertEquals(progress({ ...none, range }, chicago), "0 rows, back to 03/01/2026");
});

Deno.test("what is shown of an export is named by its state and what narrows it", () => {
  const query = { status: "bounced" };
  const one = { ...running, list: "records/family/101/emails", query };
  const name = (more: object) => regionName({ ...one, ...more }, say, chicago);
  assertEquals(name({}), "Exporting: Email Log, CSV, Status: Bounced");
  assertEquals(name({ status: "done" }), "Export done: Email Log, CSV, Status: Bounced");
  assertEquals(name({ status: "failed", reason: "cancelled", query: {} }), "Export cancelled: Email Log, CSV");
});

Deno.test("no two names are the same", () => {
  assertEquals(distinct(["a", "b", "a", "a"]), ["a", "b", "a (2)", "a (3)"]);
});

Deno.test("an export that has found nothing is neither good nor bad", () => {
  assertEquals(state({ status: "done", rows: 0 }).tone, "dim");
  assertEquals(state({ status: "done", rows: 1 }).tone, "good");
});

Deno.test("only an order that changes while a list is read is another in the file", () => {
  const bySending = (list: string, text: string) => isBySending({ list, query: read(text, []) });
  assertEquals(bySending("records/family/101/emails", "sort=status"), true);
  assertEquals(bySending("records/family/101/sms", "sort=date"), true);
  assertEquals(bySending("records/family/101/sms", "sort=sent"), false);
  assertEquals(bySending("records/family/101/emails", "sort=recipient"), false);
  assertEquals(bySending("records/family/101/pushes", "sort=date"), false);
});

Deno.test("a missing permission is called as on the page Access", () => {
  const said = (text: string, status = 403) => inWords(new ApiError(status, "forbidden", text)).message;
  assertEquals(
    said("this needs the permission export"),
    "You may not export. An administrator can give you the permission “Export” under Access.",
  );
  assertEquals(
    said("this needs the permission sms_log or staff_sms_log"),
    "You may not see this list. An administrator can give you the permission “SMS Logs” or “Staff SMS Log” under Access.",
  );
  assertEquals(said("this token is not for this org"), "this token is not for this org");
  assertEquals(said("this needs the permission export", 503), "this needs the permission export");
  assertEquals(
    why({ status: "failed", reason: "front has lost the permission export" }),
    "You may not export. An administrator can give you the permission “Export” under Access.",
  );
});

Deno.test("a file that is ready has a size and a time", () => {
  const done = { ...running, status: "done" as const, bytes: 3_200_000, expires_at: "2026-12-05T20:00:00.000Z" };
  assertEquals(ready(done, chicago), "12,345 rows, 3.2 MB, kept until 12/05/2026 2:00 PM");
  assertEquals([0, 999, 1000, 9_949, 9_950, 999_499, 999_500, 4e15].map(size), [
    "0 bytes",
    "999 bytes",
    "1.0 KB",
    "9.9 KB",
    "10 KB",
    "999 KB",
    "1.0 MB",
    "4000 TB",
  ]);
});

Deno.test("an export without a file says why", () => {
  assertEquals(
    why({ status: "failed", reason: "the list was changing too often" }),
    "The list was changing too often.",
  );
  assertEquals(state({ status: "failed", reason: "cancelled by whoever asked for it" }).text, "Cancelled");
  assertEquals(why({ status: "failed", reason: "cancelled by whoever asked for it" }), "");
  // Done a moment before it was cancelled.
  assertEquals(state({ status: "expired", reason: "cancelled by whoever asked for it" }).text, "Cancelled");
  assertEquals(why({ status: "expired", reason: "cancelled by whoever asked for it" }), "");
  assertEquals(why({ status: "expired" }), "The file is no longer kept. Export the list again.");
  assertEquals(why({ status: "expired", reason: "a person was erased" }), "A person was erased.");
  assertEquals(why({ status: "running", reason: "parts were lost" }), "Parts were lost.");
  assertEquals(state({ status: "failed" }).tone, "bad");
  assertEquals(why({ status: "done" }), "");
});

Deno.test("the format names its rows where they are changes", () => {
  assertEquals(formatName({ format: "csv", rows_of: "changes" }, say), "CSV, one row per change");
  assertEquals(formatName({ format: "jsonl" }, say), "JSON lines");
});

Deno.test("the record of an exported list is known", () => {
  assertEquals(recordIn("records/family/101/emails"), { type: "family", id: "101" });
  assertEquals(recordIn("audit"), null);
});
