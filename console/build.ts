/**
 * Bundles the console and the elements into `functions/console/assets/`: hashed names, `.br` and `.gz` beside each
 * text, and `manifest.json` for the function. It fails where a script is over its budget.
 */
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const HERE = new URL("./", import.meta.url);
/** Bytes, brotli: of what the first page loads, and of the script of a host's page. */
const BUDGET = { main: 60_000, daybook: 25_000 };

/** The source that each script runs. What it loads later shares all that this loads at once. */
const ENTRIES = { main: "src/main.ts", daybook: "src/daybook.ts" };

/**
 * esbuild leaves templates as they are: so the indentation of their lines is taken away before. It makes a file of the
 * modules that the same scripts import: so each of the `later` ones imports all that is loaded `first`, which is one
 * file then, and not one for each way to share it.
 */
function sources(first: string, later: string[]): esbuild.Plugin {
  const path = (one: string) => fileURLToPath(new URL(one, HERE));
  const shared = new Set(later.map(path));
  return {
    name: "sources",
    setup(build) {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, async (args) => {
        const source = await styled((await Deno.readTextFile(args.path)).replace(/\n\s+/g, "\n"));
        const imports = shared.has(args.path) ? `import ${JSON.stringify(path(first))};\n` : "";
        return { contents: imports + source, loader: "ts" };
      });
    },
  };
}

/** The source with its style sheets minified, but for those that are made of others. */
async function styled(source: string): Promise<string> {
  const pieces = source.split(/(?<=\bcss`)([^`$]+)(?=`)/);
  const minified = pieces.map(async (piece, index) =>
    index % 2 ? (await esbuild.transform(piece, { loader: "css", minify: true, charset: "utf8" })).code.trim() : piece
  );
  return (await Promise.all(minified)).join("");
}

/** The packages of which a part is shipped. */
const SHIPPED = ["lit", "lit-html", "lit-element", "@lit/reactive-element", "openapi-fetch", "oauth4webapi"];

type Outputs = esbuild.Metafile["outputs"];

/** Builds once into a folder; `fast` leaves out what only a deployment needs. */
export async function build(target: URL, { fast = false } = {}): Promise<void> {
  const text = new TextEncoder();
  const files = new Map<string, Uint8Array>();
  const notices = await hashed(files, "licenses.txt", text.encode(await licenses()));
  const page = await bundle("main", notices);
  const element = await bundle("daybook", notices);
  for (const { metafile, outputFiles } of [page, element]) {
    for (const { path, contents } of outputFiles) {
      if (!isImportOnly(metafile.outputs, name(path))) files.set(name(path), contents);
    }
  }
  for (const path of [page, element].flatMap(({ metafile }) => Object.keys(metafile.inputs))) {
    const used = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (used && !SHIPPED.includes(used)) throw new Error(`${used} is shipped, but not its license: add it to SHIPPED.`);
  }
  const main = entry(page.metafile.outputs, ENTRIES.main);
  const daybook = entry(element.metafile.outputs, ENTRIES.daybook);
  const icon = await hashed(files, "icon.svg", await Deno.readFile(new URL("icon.svg", HERE)));
  const preloads = [...together(page.metafile.outputs, main)].filter((one) => one !== main)
    .map((one) => `<link rel="modulepreload" href="/console/assets/${one}">`).join("\n");
  const index = (await read("index.html")).replace("{main}", main).replace("{icon}", icon).replace(
    "{preloads}",
    preloads,
  );
  const mail = await read("mail.html");
  files.set("index.html", text.encode(index));
  files.set("mail.html", text.encode(mail));
  files.set("mail-images.html", text.encode(mail));
  files.set("daybook.js", text.encode(`import "./assets/${daybook}";\n`));
  files.set("manifest.json", text.encode(JSON.stringify({ mail_script_hash: await scriptHash(mail) }) + "\n"));
  await write(
    target,
    files,
    new Set(["index.html", "mail.html", "mail-images.html", "daybook.js", "manifest.json"]),
    fast,
  );
  if (fast) return;
  const size = (names: string[]) => names.reduce((sum, one) => sum + brotli(files.get(one)!, one).length, 0);
  check("main", size([...together(page.metafile.outputs, main)]));
  check("daybook", size([...together(element.metafile.outputs, daybook)]));
}

async function bundle(script: keyof typeof ENTRIES, notices: string) {
  const { metafile } = await bundled(script, notices, []);
  const later = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
    .filter((one) => one !== ENTRIES[script]);
  return bundled(script, notices, later);
}

function bundled(script: keyof typeof ENTRIES, notices: string, later: string[]) {
  return esbuild.build({
    absWorkingDir: fileURLToPath(HERE),
    entryPoints: [ENTRIES[script]],
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    banner: { js: `/*! Licenses of what this holds: /console/assets/${notices} */` },
    charset: "utf8",
    conditions: ["production"],
    // Lit's properties are accessors of the class: a field that is defined, and not assigned, would hide its own.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    plugins: [sources(ENTRIES[script], later)],
    outdir: "out",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    metafile: true,
    write: false,
  });
}

/** The file that runs a source: esbuild makes one that only imports it, which would be one more to load. */
function entry(outputs: Outputs, source: string): string {
  const found = Object.values(outputs).find((output) => output.entryPoint === source);
  const holds = found?.imports.filter(({ kind }) => kind === "import-statement") ?? [];
  if (holds.length !== 1) throw new Error(`esbuild did not make one file of ${source}`);
  return name(holds[0]!.path);
}

function isImportOnly(outputs: Outputs, file: string): boolean {
  return Object.values(ENTRIES).includes(outputs[`out/${file}`]?.entryPoint ?? "");
}

/** What is loaded with a script, and not later. */
function together(outputs: Outputs, script: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: string) => {
    if (found.has(one)) return;
    found.add(one);
    for (const { path, kind } of outputs[`out/${one}`]?.imports ?? []) {
      if (kind === "import-statement") visit(name(path));
    }
  };
  visit(script);
  return found;
}

/** Adds a file under the name that its contents give it. */
async function hashed(
  files: Map<string, Uint8Array>,
  path: string,
  contents: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", contents));
  const hash = [...digest.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const full = path.replace(".", `-${hash}.`);
  files.set(full, contents);
  return full;
}

/** For the notice that each license asks for. */
async function licenses(): Promise<string> {
  const texts = await Promise.all(SHIPPED.map(async (one) => {
    const folder = await packageFolder(one);
    for await (const { name } of Deno.readDir(folder)) {
      if (/^licen[cs]e/i.test(name)) return `${one}\n\n${(await Deno.readTextFile(new URL(name, folder))).trim()}\n`;
    }
    throw new Error(`${one} has no license in its package`);
  }));
  return texts.join("\n----\n\n");
}

/** Where deno has installed a package: names of scopes have a plus sign there. */
async function packageFolder(one: string): Promise<URL> {
  const installed = new URL("node_modules/.deno/", HERE);
  const start = `${one.replace("/", "+")}@`;
  for await (const { name } of Deno.readDir(installed)) {
    if (name.startsWith(start)) return new URL(`${name}/node_modules/${one}/`, installed);
  }
  throw new Error(`${one} is not installed`);
}

/** For the policy of the frame: its script stands in the page. */
async function scriptHash(page: string): Promise<string> {
  const script = /<script>([\s\S]*)<\/script>/.exec(page)?.[1];
  if (!script) throw new Error("mail.html has no script");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

async function write(target: URL, files: Map<string, Uint8Array>, top: Set<string>, fast: boolean): Promise<void> {
  await Deno.remove(target, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(new URL("assets/", target), { recursive: true });
  for (const [one, contents] of files) {
    const path = top.has(one) ? one : `assets/${one}`;
    await Deno.writeFile(new URL(path, target), contents);
    if (fast) continue;
    await Deno.writeFile(new URL(`${path}.br`, target), brotli(contents, one));
    await Deno.writeFile(new URL(`${path}.gz`, target), gzipSync(contents, { level: 9 }));
  }
}

const compressed = new Map<string, Uint8Array>();

function brotli(contents: Uint8Array, name: string): Uint8Array {
  const known = compressed.get(name);
  if (known) return known;
  const made = brotliCompressSync(contents, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length },
  });
  compressed.set(name, made);
  return made;
}

function check(script: keyof typeof BUDGET, bytes: number): void {
  console.log(`${script}: ${bytes} bytes of at most ${BUDGET[script]}, brotli`);
  if (bytes > BUDGET[script]) {
    throw new Error(`${script} is over its budget: load a part of it later, or leave it out.`);
  }
}

function name(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, HERE));
}

if (import.meta.main) {
  await build(new URL("../functions/console/assets/", HERE));
  await esbuild.stop();
}
