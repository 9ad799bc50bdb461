/** The look of the filters at the left. */
import { css } from "lit";

export const filterLook = css`
  .panel {
    display: grid;
    gap: 22px;
    align-content: start;
  }
  fieldset {
    display: grid;
    gap: 6px;
    min-width: 0;
  }
  legend {
    font-size: 13px;
    font-weight: 600;
    color: var(--dim);
    padding: 0 0 6px;
  }
  fieldset :is(input:not([type="checkbox"]), select) {
    width: 100%;
    min-height: 36px;
    font-size: 14px;
    padding-inline: 8px;
  }
  fieldset select {
    border-color: transparent;
    background: var(--soft);
    font-size: 13px;
    color: var(--dim);
    min-height: 32px;
  }
  fieldset select:hover {
    border-color: var(--line);
  }
  .presets {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 4px;
  }
  .presets button {
    min-height: 34px;
    padding: 0 6px;
    font-size: 13px;
  }
  .presets [aria-pressed="true"] {
    color: var(--accent);
    border-color: color-mix(in srgb, var(--accent) 45%, var(--line));
    background: color-mix(in srgb, var(--accent) 11%, var(--paper));
  }
  .day {
    display: grid;
    grid-template-columns: 40px minmax(0, 1fr);
    align-items: center;
    font-size: 13px;
    color: var(--dim);
  }
  .exact {
    font-size: 13px;
    padding: 8px 10px;
    background: var(--soft);
    border-radius: var(--radius);
    display: grid;
    gap: 2px;
    justify-items: start;
  }
  .boxes {
    display: grid;
  }
  .box {
    display: grid;
    grid-template-columns: 18px 1fr;
    gap: 8px;
    align-items: start;
    padding: 5px 0;
    font-size: 14px;
    line-height: 1.35;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  .box .dim {
    display: block;
  }
  .box:hover {
    color: var(--accent);
  }
  button.link {
    color: var(--accent);
    font-size: 13px;
    min-height: 28px;
    align-items: center;
  }
  button.link:hover:not(:disabled) {
    background: none;
    text-decoration: underline;
  }
`;
