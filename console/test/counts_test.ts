import { assertEquals } from "./assert.ts";
import {
  asked,
  byDay,
  daysUntil,
  isWhole,
  listed,
  logsSeen,
  recent,
  recipientOf,
  shifted,
  total,
} from "../src/pages/deliveries/counts.ts";
import { dayText } from "../src/time.ts";
import { undelivered } from "../src/pages/deliveries/week.ts";

const TODAY = "2026-11-29";
const of = (text: string) => new URLSearchParams(text);

Deno.test("days go over months and leap days, and not over the clock's changes", () => {
  assertEquals(shifted("2026-11-01", -1), "2026-10-31");
  assertEquals(shifted("2028-02-28", 1), "2028-02-29");
  assertEquals(daysUntil("2026-11-02", 3), ["2026-10-31", "2026-11-01", "2026-11-02"]);
  assertEquals(dayText("2026-11-02"), "11/02/2026");
});

Deno.test("counts are put together by day and class, with the days that have none", () => {
  const days = byDay(
    [
      { day: "2026-11-29", class: "bounced", count: 2 },
      { day: "2026-11-29", class: "complained", count: 1 },
      { day: "2026-11-29", class: "reached", count: 40 },
      { day: "2026-11-01", class: "reached", count: 7 },
    ],
    ["2026-11-28", "2026-11-29"],
  );
  assertEquals(days.map(({ day }) => day), ["2026-11-28", "2026-11-29"]);
  assertEquals(days[1]?.counts, { failed: 3, blacklisted: 0, waiting: 0, reached: 40 });
  assertEquals(total(days, "reached"), 40);
});

Deno.test("of a week only what did not arrive is told", () => {
  const counts = [
    { day: "2026-11-29", class: "bounced" as const, count: 2 },
    { day: "2026-11-24", class: "bounced" as const, count: 3 },
    { day: "2026-11-20", class: "bounced" as const, count: 9 },
    { day: "2026-11-29", class: "suppressed" as const, count: 1 },
    { day: "2026-11-29", class: "waiting" as const, count: 1 },
  ];
  assertEquals(recent(counts, daysUntil(TODAY)), { bounced: 5, suppressed: 1 });
});

Deno.test("what did not arrive is a line for each status, in words, with the address of its list", () => {
  const count = (counted: "bounced" | "reached", count: number) => ({ day: TODAY, class: counted, count });
  const days = daysUntil(TODAY, 7);
  const lines = undelivered([count("bounced", 1_200), count("reached", 3)], days, "email", (status) => `?${status}`);
  assertEquals(lines, [{ to: "?bounced", text: "1,200 e-mails bounced" }]);
  const lost = undelivered([{ day: TODAY, class: "not_delivered", count: 1 }], days, "sms", (status) => status);
  assertEquals(lost, [{ to: "not_delivered", text: "1 text message not delivered" }]);
});

Deno.test("either permission of a log shows its messages", () => {
  assertEquals(logsSeen(["staff_email_log", "audit_log"]), ["email"]);
  assertEquals(logsSeen(["sms_log", "family_email_log"]), ["email", "sms"]);
  assertEquals(logsSeen(["staff_sms_log"]), ["sms"]);
  assertEquals(logsSeen(["push_log"]), []);
});

Deno.test("without more in the address it is the failures of the last 14 days", () => {
  const list = listed(of(""), "email", TODAY);
  assertEquals([list.class, list.status, list.from, list.until], ["failed", null, "2026-11-16", TODAY]);
  assertEquals(asked(list, "email"), {
    status: ["bounced", "complained", "rejected", "failed"],
    from: "2026-11-16",
    to: TODAY,
  });
});

Deno.test("a bar is a day and a class, and 'all' is every status", () => {
  assertEquals(asked(listed(of("day=2026-11-20&class=reached"), "sms", TODAY), "sms"), {
    status: ["delivered"],
    from: "2026-11-20",
    to: "2026-11-20",
  });
  assertEquals(asked(listed(of("class=all"), "email", TODAY), "email"), { from: "2026-11-16", to: TODAY });
});

Deno.test("a single status can be asked for, and 'failed' is a class, too", () => {
  assertEquals(asked(listed(of("status=bounced"), "email", TODAY), "email").status, ["bounced"]);
  assertEquals(asked(listed(of("status=failed"), "email", TODAY), "email").status, ["failed"]);
  assertEquals(listed(of("class=failed"), "email", TODAY).status, null);
  assertEquals(listed(of("status=bounced"), "sms", TODAY).class, "failed");
});

Deno.test("what is told of the last 7 days is listed of these days alone", () => {
  const list = listed(of("status=bounced&days=7"), "email", TODAY);
  assertEquals(asked(list, "email"), { status: ["bounced"], from: "2026-11-23", to: TODAY });
  assertEquals(listed(of("days=7&day=2026-11-20"), "email", TODAY).week, false);
});

Deno.test("a recipient is looked for in all days and statuses, or in those chosen", () => {
  assertEquals(asked(listed(of("recipient=a@x.example"), "email", TODAY), "email"), { recipient: "a@x.example" });
  assertEquals(asked(listed(of("recipient=a@x.example&day=2026-11-20&class=failed"), "sms", TODAY), "sms"), {
    status: ["not_delivered"],
    recipient: "a@x.example",
    from: "2026-11-20",
    to: "2026-11-20",
  });
});

Deno.test("a day that is none, or is to come, is not asked for", () => {
  for (const day of ["x", "2026-13-01", "2026-12-24", "20261101"]) {
    assertEquals(listed(of(`day=${day}&until=${day}`), "email", TODAY).day, null);
    assertEquals(listed(of(`day=${day}&until=${day}`), "email", TODAY).until, TODAY);
  }
});

Deno.test("a number can be typed as it is shown", () => {
  for (const text of ["(312) 555-1153", "312-555-1153", " 312.555.1153 ", "3125551153"]) {
    assertEquals(recipientOf(text, "sms"), "+13125551153");
  }
  assertEquals(recipientOf(" +4930123456 ", "sms"), "+4930123456");
  assertEquals(recipientOf("3125551153", "email"), "3125551153");
});

Deno.test("a part of an address or of a number is no whole one", () => {
  for (const text of ["jane@example.com", "j.o'neil+x@mail.example.co.uk"]) assertEquals(isWhole(text, "email"), true);
  for (const text of ["smith", "@example.com", "jane@", "jane@example", "jane doe@x.com"]) {
    assertEquals(isWhole(text, "email"), false);
  }
  for (const text of ["+17735550101", "773 555 0101", "555-0101"]) assertEquals(isWhole(text, "sms"), true);
  for (const text of ["555", "smith", "(773)", "+1773x"]) assertEquals(isWhole(text, "sms"), false);
});
