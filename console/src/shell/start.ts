/** The console: signs in, and shows the page that the address names. All that its first page needs is imported here. */
import { Auth, type Config, SignInError } from "./auth.ts";
import { router } from "./router.ts";
import { takeKeysEverywhere } from "../table/keys.ts";
import { pageLook } from "./page-look.ts";
import { Shell } from "./shell.ts";
import { startFailure } from "./start-failure.ts";

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

/** Never fails: what goes wrong is shown. */
export async function begin(): Promise<void> {
  try {
    await start();
  } catch (error) {
    startFailure(error);
  }
}
