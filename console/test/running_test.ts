import { assertEquals } from "./assert.ts";
import { ApiError, type Daybook } from "../src/api.ts";
import { type Export, Running, runningOf } from "../src/exports/running.ts";
import { state } from "../src/words/exports.ts";

const running = { id: "x-1", list: "audit", status: "running", rows: 0 } as Export;
const done = { ...running, status: "done", rows: 7 } as Export;

/** An API that answers one call after the other with these. */
function api(...answers: (Export | ApiError)[]) {
  const asked: string[] = [];
  const call = (method: string) => (path: string) => Promise.resolve(asked.push(`${method} ${path.split("/").at(-1)}`));
  const client = { GET: call("GET"), POST: call("POST"), DELETE: call("DELETE") };
  const next = async (made: (client: unknown) => Promise<unknown>) => {
    await made(client);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { daybook: { org: "riverside", ask: next, tell: next } as unknown as Daybook, asked };
}

/** Timers are kept with their times, and called one after the other by `runAll`. */
async function withTimers(act: (runAll: () => Promise<number[]>) => Promise<void>): Promise<void> {
  const real = globalThis.setTimeout;
  const waiting: [then: () => Promise<void>, pause: number][] = [];
  globalThis.setTimeout = ((...timer: [() => Promise<void>, number]) => waiting.push(timer)) as typeof setTimeout;
  const runAll = async () => {
    const pauses = [];
    for (let timer = waiting.shift(); timer; timer = waiting.shift()) {
      pauses.push(timer[1]);
      await timer[0]();
    }
    return pauses;
  };
  try {
    await act(runAll);
  } finally {
    globalThis.setTimeout = real;
  }
}

const order = { list: "audit", query: {}, format: "csv", rows: "entries" } as const;

Deno.test("an export is looked at until it no longer runs, at longer and longer times", async () => {
  await withTimers(async (runAll) => {
    const { daybook, asked } = api(running, running, { ...running, rows: 3 }, done);
    const exports = new Running(daybook);
    const seen: number[] = [];
    exports.addEventListener("change", () => seen.push(exports.of("audit")[0]!.export.rows));
    await exports.begin(order);
    assertEquals(await runAll(), [500, 750, 1125]);
    assertEquals(seen, [0, 0, 3, 7]);
    assertEquals(asked, ["POST exports", "GET {id}", "GET {id}", "GET {id}"]);
    assertEquals(exports.of("messages"), []);
  });
});

Deno.test("a network that is gone for a while is no end", async () => {
  await withTimers(async (runAll) => {
    const { daybook } = api(running, new ApiError(0, "offline", "x"), new ApiError(503, "busy", "x"), done);
    const exports = new Running(daybook);
    const errors: (string | undefined)[] = [];
    exports.addEventListener("change", () => errors.push(exports.of("audit")[0]?.error?.code));
    await exports.begin(order);
    await runAll();
    assertEquals(errors, [undefined, "offline", "busy", undefined]);
    assertEquals(exports.of("audit")[0]?.export.status, "done");
  });
});

Deno.test("a permission that was taken is not asked for again", async () => {
  await withTimers(async (runAll) => {
    const { daybook, asked } = api(running, new ApiError(403, "forbidden", "x"), done);
    const exports = new Running(daybook);
    await exports.begin(order);
    await runAll();
    assertEquals(asked.length, 2);
    assertEquals(exports.of("audit")[0]?.error?.status, 403);
  });
});

Deno.test("what was cancelled or dismissed is not looked at any more", async () => {
  await withTimers(async (runAll) => {
    const { daybook, asked } = api(running, undefined as unknown as Export);
    const exports = new Running(daybook);
    await exports.begin(order);
    await exports.cancel("x-1");
    await runAll();
    // Not what the API says of one that was done before.
    exports.update({ ...done, status: "expired" });
    assertEquals(state(exports.of("audit")[0]!.export).text, "Cancelled");
    exports.dismiss("x-1");
    exports.update(done);
    assertEquals(exports.of("audit"), []);
    assertEquals(asked, ["POST exports", "DELETE {id}"]);
  });
});

Deno.test("a cancel is seen until it has its answer, and can be tried again where it fails", async () => {
  await withTimers(async () => {
    const { daybook } = api(running, new ApiError(503, "busy", "x"), undefined as unknown as Export);
    const exports = new Running(daybook);
    await exports.begin(order);
    const seen: [boolean | undefined, string][] = [];
    exports.addEventListener("change", () => {
      const [one] = exports.of("audit");
      seen.push([one?.cancelling, one!.export.status]);
    });
    await exports.cancel("x-1").catch(({ code }) => assertEquals(code, "busy"));
    assertEquals(seen, [[true, "running"], [false, "running"]]);
    await exports.cancel("x-1");
    assertEquals(seen.slice(2), [[true, "running"], [true, "failed"], [false, "failed"]]);
  });
});

Deno.test("each API has its own", () => {
  const { daybook } = api();
  assertEquals(runningOf(daybook) === runningOf(daybook), true);
  assertEquals(runningOf(daybook) === runningOf(api().daybook), false);
});
