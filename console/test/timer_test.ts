import { assertEquals } from "./assert.ts";
import { after } from "../src/shell/timer.ts";

/** The times for which a browser's timer is set until `after` calls back. */
function waits(milliseconds: number): number[] {
  const asked: number[] = [];
  const waiting: (() => void)[] = [];
  const { setTimeout } = globalThis;
  const fake = (then: () => void, wait: number) => {
    asked.push(wait);
    return waiting.push(then);
  };
  globalThis.setTimeout = fake as typeof setTimeout;
  try {
    let called = false;
    after(milliseconds, () => called = true);
    while (!called) waiting.shift()!();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return asked;
}

Deno.test("a time that is too long for a timer is waited for in parts", () => {
  assertEquals(waits(60_000), [60_000]);
  assertEquals(waits(2 ** 31 - 1), [2 ** 31 - 1]);
  assertEquals(waits(2 ** 32), [2 ** 31 - 1, 2 ** 31 - 1, 2]);
});
