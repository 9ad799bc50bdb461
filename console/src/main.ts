/** The script of the console. */
import { begin } from "./shell/start.ts";

await begin();
