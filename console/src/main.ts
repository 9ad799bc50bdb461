/** The console: signs in, and shows the page that the address names. */
import { Auth, type Config, SignInError } from "./shell/auth.ts";
import { router } from "./shell/router.ts";
import { takeKeysEverywhere } from "./table/keys.ts";
import { pageLook } from "./shell/page-look.ts";
import { Shell } from "./shell/shell.ts";
import { startFailure } from "./shell/start-failure.ts";

document.adoptedStyleSheets.push(pageLook);
document.documentElement.lang = "en";

async function config(): Promise<Config> {
  const response = await fetch("/console/config.json");
  const body = await response.json();
  if (!response.ok) throw new SignInError("unreachable", body.detail ?? "The console is not configured.");
  return body;
}

async function start(): Promise<void> {
  const auth = new Auth(await config());
  const here = new URL(location.href);
  if (router.route.page !== "callback") {
    await auth.begin(here.pathname + here.search);
    return;
  }
  // The code is of no use any more, and no part of what one may copy.
  history.replaceState(null, "", await auth.finish(here));
  takeKeysEverywhere();
  router.start();
  document.body.replaceChildren(new Shell(auth));
}

try {
  await start();
} catch (error) {
  startFailure(error);
}
