/** The look of every element. An embedding page sets the variables; `color-scheme` decides on light or dark. */
import { css } from "lit";

export const base = css`
  :host {
    --ink: var(--daybook-ink, light-dark(#1b2129, #e6e9ee));
    --dim: var(--daybook-dim, light-dark(#59636f, #9ba5b1));
    --paper: var(--daybook-paper, light-dark(#ffffff, #171b20));
    --soft: var(--daybook-soft, light-dark(#f4f6f8, #1f252c));
    --line: var(--daybook-line, light-dark(#e0e4e9, #313942));
    --edge: light-dark(#8a94a0, #75808c);
    --accent: var(--daybook-accent, light-dark(#1a5fb4, #84b6f5));
    --good: var(--daybook-good, light-dark(#1b7443, #70ce9b));
    --bad: var(--daybook-bad, light-dark(#b3261e, #ff938a));
    --warn: var(--daybook-warn, light-dark(#8a5300, #edbb62));
    --font: var(--daybook-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
    --radius: var(--daybook-radius, 8px);
    display: block;
    color: var(--ink);
    font: 15px/1.45 var(--font);
    text-align: start;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h1 {
    font-size: 24px;
    line-height: 1.25;
    font-weight: 650;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: 17px;
    line-height: 1.3;
    font-weight: 650;
  }
  h3 {
    font-size: 15px;
    font-weight: 650;
  }
  a {
    color: var(--accent);
    text-decoration: none;
  }
  p a,
  a:hover {
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 4px;
  }
  .dim {
    color: var(--dim);
  }
  .small {
    font-size: 13px;
  }
  .good {
    color: var(--good);
  }
  .bad {
    color: var(--bad);
  }
  .warn {
    color: var(--warn);
  }
  .icon {
    flex: none;
    vertical-align: -2.5px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  time,
  .number {
    font-variant-numeric: tabular-nums;
  }
`;

export const controls = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 40px;
    padding: 0 14px;
    font: inherit;
    font-weight: 500;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    cursor: pointer;
    white-space: nowrap;
  }
  button:hover:not(:disabled),
  .button:hover {
    background: var(--soft);
    border-color: var(--edge);
    text-decoration: none;
  }
  button:disabled,
  button[aria-disabled="true"] {
    color: var(--dim);
    opacity: 0.55;
    cursor: default;
  }
  button.main {
    color: var(--paper);
    background: var(--accent);
    border-color: var(--accent);
  }
  button.main:hover:not(:disabled) {
    background: color-mix(in srgb, var(--accent) 88%, var(--ink));
  }
  button.plain {
    border-color: transparent;
    background: none;
    color: var(--accent);
    padding: 0 8px;
  }
  button.plain:hover:not(:disabled) {
    background: var(--soft);
  }
  button.bare {
    min-height: 0;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font-weight: inherit;
    text-align: start;
    white-space: normal;
    justify-content: start;
  }
  input,
  select,
  textarea {
    font: inherit;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    min-height: 40px;
    padding: 0 10px;
    max-width: 100%;
  }
  input[type="checkbox"],
  input[type="radio"] {
    min-height: 0;
    width: 18px;
    height: 18px;
    margin: 0;
    accent-color: var(--accent);
    flex: none;
  }
  textarea {
    padding: 8px 10px;
    resize: vertical;
  }
  input::placeholder {
    color: var(--dim);
    opacity: 1;
  }
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible {
    outline-offset: -1px;
    border-radius: var(--radius);
  }
  @media (max-width: 640px) {
    input,
    select,
    textarea {
      font-size: 16px;
    }
  }
  .tabs {
    display: flex;
    gap: 4px;
    overflow-x: auto;
    scrollbar-width: none;
    border-bottom: 1px solid var(--line);
  }
  .tabs [role="tab"] {
    flex: none;
    border: 0;
    border-radius: 0;
    background: none;
    color: var(--dim);
    padding: 0 12px;
    min-height: 42px;
    border-bottom: 2px solid transparent;
    margin-bottom: -1px;
  }
  .tabs [role="tab"]:hover {
    color: var(--ink);
  }
  .tabs [role="tab"][aria-selected="true"] {
    color: var(--ink);
    border-bottom-color: var(--accent);
  }
  .tabs [role="tab"]:focus-visible {
    outline-offset: -3px;
  }
  .tabs.minor {
    border: 0;
    gap: 6px;
  }
  .tabs.minor [role="tab"] {
    min-height: 34px;
    border-radius: 999px;
    margin: 0;
    border: 1px solid transparent;
  }
  .tabs.minor [role="tab"][aria-selected="true"] {
    background: color-mix(in srgb, var(--accent) 11%, var(--paper));
    color: var(--accent);
  }
  .notice {
    border: 1px solid var(--line);
    border-left: 3px solid var(--tone, var(--edge));
    border-radius: var(--radius);
    background: color-mix(in srgb, var(--tone, var(--edge)) 6%, var(--paper));
    padding: 12px 16px;
  }
  .notice.good {
    --tone: var(--good);
    color: var(--ink);
  }
  .notice.bad {
    --tone: var(--bad);
    color: var(--ink);
  }
  .notice.warn {
    --tone: var(--warn);
    color: var(--ink);
  }
  .mark {
    display: inline-flex;
    align-items: baseline;
    gap: 6px;
  }
  .mark .icon {
    align-self: center;
  }
`;
