/** The bars of the days, and the same numbers as a table, of which each opens its list. */
import { css, html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { icon } from "../../icons.ts";
import { dayText } from "../../time.ts";
import { type Class, type Day, sum } from "./counts.ts";
import { classes, words } from "./words.ts";

/** `link` gives the address of the list of a day and a class, or of all classes. */
type Chart = {
  days: Day[];
  shown: Class[];
  link: (day: string, one: Class | null) => string;
  open: (to: string) => void;
  now: { day: string | null; class: Class | null };
};

const HEIGHT = 150;
/** A single failure among a thousand messages is still to be seen. */
const LEAST = 3;

export const chartLook = css`
  .chart {
    --head: 184px;
    margin-block: 14px 8px;
  }
  .bars {
    display: block;
    width: calc(100% - var(--head));
    height: ${HEIGHT}px;
    margin-left: var(--head);
    overflow: visible;
  }
  .bars .hit {
    fill: transparent;
  }
  .bars g {
    cursor: pointer;
  }
  .bars g:hover .hit,
  .bars g.now .hit {
    fill: color-mix(in srgb, var(--accent) 9%, transparent);
  }
  .bars .base {
    stroke: var(--line);
  }
  .bars .failed {
    fill: var(--bad);
  }
  .bars .blacklisted {
    fill: var(--warn);
  }
  .bars .waiting {
    fill: color-mix(in srgb, var(--dim) 60%, var(--paper));
  }
  .bars .reached {
    fill: color-mix(in srgb, var(--good) 62%, var(--paper));
  }
  .bars text {
    fill: var(--dim);
    font-size: 12px;
    text-anchor: middle;
    font-variant-numeric: tabular-nums;
  }
  .numbers th,
  .numbers td {
    position: static;
    height: auto;
    padding: 0;
    font-size: 13px;
    text-align: center;
    font-variant-numeric: tabular-nums;
    border: 0;
    box-shadow: none;
    overflow: visible;
  }
  .numbers thead th {
    color: var(--dim);
    font-weight: 500;
    padding-block: 4px;
    line-height: 1.2;
  }
  .numbers tbody th {
    text-align: start;
    font-weight: 500;
    color: var(--ink);
    white-space: nowrap;
  }
  .bars .date {
    display: none;
  }
  .numbers .corner {
    width: var(--head);
  }
  .numbers tbody tr {
    border-top: 1px solid var(--line);
  }
  .numbers a,
  .numbers .zero {
    display: flex;
    align-items: center;
    justify-content: center;
    min-height: 34px;
    border-radius: 6px;
  }
  .numbers .class {
    display: inline-flex;
    align-items: center;
    gap: 7px;
  }
  .numbers .zero {
    color: var(--dim);
  }
  .numbers a:hover {
    background: var(--soft);
    text-decoration: none;
  }
  .numbers a[aria-current="true"] {
    background: color-mix(in srgb, var(--accent) 14%, var(--paper));
    font-weight: 650;
  }
  .numbers .failed {
    color: var(--bad);
  }
  .numbers .blacklisted {
    color: var(--warn);
  }
  .numbers .waiting {
    color: var(--dim);
  }
  .numbers .reached {
    color: var(--good);
  }
  .numbers th .icon {
    color: currentColor;
  }
  .tall {
    display: none;
    margin-top: 8px;
  }
  .tall summary {
    min-height: 40px;
    align-content: center;
    color: var(--accent);
    cursor: pointer;
  }
  .tall .numbers thead th {
    padding: 4px 2px;
    font-size: 12px;
    white-space: normal;
  }
  .tall .numbers thead th:first-child {
    width: 48px;
    text-align: start;
  }
  @container (max-width: 860px) {
    .chart {
      --head: 0px;
    }
    .wide {
      display: none;
    }
    .tall {
      display: block;
    }
    .bars {
      margin-bottom: 24px;
    }
    .bars text {
      font-size: 10px;
    }
    .bars .date {
      display: block;
      font-size: 12px;
    }
  }
`;

/** A column for each day, below its bar; where that is too narrow, a row for each day, folded. */
export function chart(shown: Chart): TemplateResult {
  return html`
    <div class="chart">
      ${bars(shown)} ${wide(shown)}
      <details class="tall"><summary>${words.numbers}</summary>${tall(shown)}</details>
    </div>
  `;
}

function bars(chart: Chart): TemplateResult {
  const most = Math.max(1, ...chart.days.map(({ counts }) => sum(counts)));
  const dated = datedDays(chart);
  return html`<svg class="bars" aria-hidden="true">
    ${chart.days.map((day, at) => bar(chart, day, at, most, dated))}
    <line class="base" x1="0" x2="100%" y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5}></line>
  </svg>`;
}

/** Where no column stands below the bars: the first and the last day, and the chosen one, which has its room. */
function datedDays({ days, now }: Chart): number[] {
  const chosen = days.findIndex(({ day }) => day === now.day);
  const ends = [0, days.length - 1];
  return chosen < 0 ? ends : [...ends.filter((at) => Math.abs(at - chosen) > 1), chosen];
}

function bar(
  { days, shown, link, open, now }: Chart,
  { day, counts }: Day,
  at: number,
  most: number,
  dated: number[],
): SVGTemplateResult {
  const width = 100 / days.length;
  const all = sum(counts);
  const room = HEIGHT - 20 - LEAST * shown.length;
  let top = HEIGHT;
  const parts = shown.filter((one) => counts[one]).map((one) => {
    const height = LEAST + counts[one] / most * room;
    top -= height;
    return svg`
      <rect class=${one} x="${(at + 0.18) * width}%" width="${width * 0.64}%" y=${top} height=${height - 0.5}
        @click=${(event: Event) => (event.stopPropagation(), open(link(day, one)))}>
        <title>${dayText(day)}: ${counts[one]} ${classes[one].text}</title>
      </rect>
    `;
  });
  return svg`<g class=${now.day === day ? "now" : ""} @click=${() => open(link(day, null))}>
    <rect class="hit" x="${at * width}%" width="${width}%" y="0" height=${HEIGHT}></rect>
    ${parts}
    <text x="${(at + 0.5) * width}%" y=${top - 6}>${all ? all.toLocaleString("en-US") : ""}</text>
    <text class="date" x="${(at + 0.5) * width}%" y=${HEIGHT + 14}>${dated.includes(at) ? short(day) : ""}</text>
  </g>`;
}

function number({ link, now }: Chart, { day, counts }: Day, one: Class): TemplateResult {
  const count = counts[one];
  if (!count) return html`<span class="zero">0</span>`;
  const current = now.day === day && now.class === one;
  return html`<a class=${one} href=${link(day, one)} aria-current=${current}>${count.toLocaleString("en-US")}</a>`;
}

function classHead(one: Class): TemplateResult {
  return html`<span class="class ${one}">${icon(classes[one].sign, 14)} ${classes[one].text}</span>`;
}

function wide(chart: Chart): TemplateResult {
  return html`
    <table class="numbers wide">
      <caption class="unseen">${words.numbers}</caption>
      <thead>
        <tr><td class="corner"></td>${chart.days.map(({ day }) =>
          html`<th scope="col">${dayHead(chart, day)}</th>`
        )}</tr>
      </thead>
      <tbody>${chart.shown.map((one) =>
        html`<tr><th scope="row">${classHead(one)}</th>${
          chart.days.map((day) => html`<td>${number(chart, day, one)}</td>`)
        }</tr>`
      )}</tbody>
    </table>
  `;
}

function tall(chart: Chart): TemplateResult {
  return html`
    <table class="numbers">
      <caption class="unseen">${words.numbers}</caption>
      <thead>
        <tr><th scope="col">${words.day}</th>${chart.shown.map((one) =>
          html`<th scope="col">${classes[one].text}</th>`
        )}</tr>
      </thead>
      <tbody>${[...chart.days].reverse().map((day) =>
        html`<tr><th scope="row">${dayHead(chart, day.day)}</th>${
          chart.shown.map((one) => html`<td>${number(chart, day, one)}</td>`)
        }</tr>`
      )}</tbody>
    </table>
  `;
}

function short(day: string): string {
  return dayText(day).slice(0, 5);
}

/** `Fri 11/27`: the year stands in the list's heading. */
function dayHead({ days, link, now }: Chart, day: string): TemplateResult {
  const there = days.find((one) => one.day === day);
  const weekday = new Date(`${day}T00:00:00Z`).toLocaleDateString("en-US", { timeZone: "UTC", weekday: "short" });
  const text = html`<span>${weekday}<br>${short(day)}</span>`;
  if (!there || !sum(there.counts)) return html`<span class="zero">${text}</span>`;
  return html`
    <a class="day" href=${link(day, null)} aria-current=${now.day === day && !now.class}
      aria-label="${weekday} ${dayText(day)}, ${words.all}">${text}</a>
  `;
}
