/**
 * The console of the source folder in front of a running stack: builds at each change, and serves what was built. All
 * else, and the headers of the pages, are the stack's.
 */
import { fileURLToPath } from "node:url";
import { build } from "./build.ts";

const ASSETS = new URL("../.local/console/", import.meta.url);
const STACK = new URL("../.local/stack.json", import.meta.url);
const TYPES: Record<string, string> = { js: "text/javascript", html: "text/html; charset=utf-8", svg: "image/svg+xml" };

async function stack(): Promise<string> {
  try {
    return JSON.parse(await Deno.readTextFile(STACK)).api;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("No stack is running: start one with `make run` in another terminal.");
    Deno.exit(1);
  }
}

/** The file of a path below /console/, or null: then it is a page. */
async function file(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!/^[\w./-]*\.(js|html|svg)$/.test(path) || path.includes("..")) return null;
  try {
    return await Deno.readFile(new URL(path, ASSETS));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function answer(request: Request, api: string): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.startsWith("/console/") ? url.pathname.slice("/console/".length) : null;
  const built = path === null || path === "config.json" ? null : await file(path);
  if (built && path && !path.endsWith(".html")) {
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    return new Response(built, { headers: { "content-type": type, "cache-control": "no-store" } });
  }
  const headers = new Headers(request.headers);
  for (const name of ["host", "accept-encoding", "if-none-match"]) headers.delete(name);
  const response = await fetch(new URL(url.pathname + url.search, api), {
    method: request.method,
    headers,
    body: request.body,
    redirect: "manual",
  });
  if (!response.headers.get("content-type")?.startsWith("text/html")) return response;
  const page = built ?? await file("index.html");
  const kept = new Headers(response.headers);
  for (const name of ["content-length", "content-encoding", "etag"]) kept.delete(name);
  return new Response(page, { status: response.status, headers: kept });
}

async function rebuild(): Promise<void> {
  try {
    await build(ASSETS, { fast: true });
    console.log(`${new Date().toLocaleTimeString()} built`);
  } catch (error) {
    // esbuild has said what is wrong.
    if (!(error instanceof Error && "errors" in error)) throw error;
  }
}

const api = await stack();
await rebuild();
const port = Number(Deno.env.get("CONSOLE_PORT") ?? 4590);
Deno.serve(
  { hostname: "127.0.0.1", port, onListen: () => console.log(`Console  http://127.0.0.1:${port}/console/`) },
  (request) => answer(request, api),
);
let pending: ReturnType<typeof setTimeout> | undefined;
// One after the other: each clears the folder that it writes to.
let building = Promise.resolve();
for await (
  const _ of Deno.watchFs(
    ["src", "index.html", "mail.html", "build.ts"].map((path) => fileURLToPath(new URL(path, import.meta.url))),
  )
) {
  clearTimeout(pending);
  pending = setTimeout(() => building = building.then(rebuild), 100);
}
