/** The script of the console. What it loads later imports it, so it must not wait for that. */
import { begin } from "./shell/start.ts";

begin();
