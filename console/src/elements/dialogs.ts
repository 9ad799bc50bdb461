/** What is loaded at a click, as one script. */
import "./email.ts";
import "./reset.ts";
import "./timeline.ts";
