/** Signs, drawn for a field of 16 by 16. They are hidden from screen readers: a word stands beside each. */
import { svg, type SVGTemplateResult } from "lit";

const PATHS = {
  check: "M3 8.5l3.2 3.2L13 5",
  cross: "M4 4l8 8M12 4l-8 8",
  dash: "M3.5 8h9",
  wait: "M8 2.5a5.5 5.5 0 1 0 .01 0zM8 5v3.2l2 1.3",
  warn: "M8 2.2l6.2 11.3H1.8zM8 6.4v3.2M8 11.6v.2",
  search: "M7 2.8a4.2 4.2 0 1 0 .01 0zM10.2 10.2l3.3 3.3",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  left: "M10 3.5L5.5 8l4.5 4.5",
  right: "M6 3.5L10.5 8 6 12.5",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  link: "M6.8 9.2l2.4-2.4M7.5 4.6l1.4-1.4a2.8 2.8 0 0 1 4 4l-1.5 1.4M8.5 11.4l-1.4 1.4a2.8 2.8 0 0 1-4-4l1.5-1.4",
  download: "M8 2.500v8M4.500 7L8 10.500 11.500 7M3 13.500h10",
  out: "M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5",
  book: "M8 4C6.6 3 4.8 2.8 2.5 3v9.2C4.8 12 6.6 12.2 8 13.2c1.4-1 3.2-1.2 5.5-1V3C11.2 2.8 9.4 3 8 4zM8 4v9",
  mail: "M2.5 4h11v8h-11zM2.8 4.4L8 8.6l5.2-4.2",
  sms: "M2.5 3.5h11v7.2H7.2L4.5 13v-2.3h-2z",
  push: "M8 2.5c2.3 0 3.7 1.7 3.7 3.9 0 3 1.3 4.1 1.3 4.1H3s1.3-1.1 1.3-4.1C4.3 4.2 5.7 2.5 8 2.500zM6.7 13h2.6",
  activity: "M1.5 8.500h3L6.5 4l3 8 2-3.500h3",
  audit: "M4 2.500h8v11H4zM6 5.500h4M6 8h4M6 10.500h2.5",
  hold: "M4 7h8v6H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  menu: "M2.5 4.500h11M2.5 8h11M2.5 11.500h11",
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon, size = 16): SVGTemplateResult {
  return svg`
    <svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor"
      stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d=${PATHS[name]}></path>
    </svg>
  `;
}
