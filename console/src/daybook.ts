/** The script of a host's page: `<script type="module" src=".../console/daybook.js">` defines all elements. */
import "./elements/record.ts";
import "./elements/log.ts";
import "./elements/blacklist.ts";
