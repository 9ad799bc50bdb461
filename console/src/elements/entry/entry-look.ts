/** The look of one entry of the audit log. */
import { css } from "lit";

export const entryLook = css`
  dialog.drawer {
    width: min(44em, 100vw);
  }
  dialog > header {
    position: sticky;
    top: 0;
    z-index: 2;
    background: var(--paper);
    padding: 10px 12px 10px 20px;
    border-bottom: 1px solid var(--line);
    flex-direction: row;
    align-items: center;
  }
  dialog > header .mark {
    gap: 0;
  }
  .icon-only {
    width: 40px;
    padding: 0;
  }
  h2 {
    font-size: 19px;
    overflow-wrap: anywhere;
  }
  .facts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
    gap: 10px 20px;
    padding: 12px 14px;
    background: var(--soft);
    border-radius: var(--radius);
  }
  .facts dt {
    color: var(--dim);
    font-size: 12px;
  }
  .facts time {
    white-space: nowrap;
  }
  .facts dd {
    overflow-wrap: anywhere;
  }
  button.value {
    overflow-wrap: anywhere;
    border-radius: 4px;
    text-decoration: underline dotted color-mix(in srgb, currentcolor 45%, transparent);
    text-underline-offset: 3px;
  }
  button.value:hover:not(:disabled) {
    background: none;
    color: var(--accent);
  }
  .around {
    justify-self: start;
  }
  .records-head {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 16px;
    align-items: center;
    justify-content: space-between;
    padding-bottom: 8px;
    border-bottom: 1px solid var(--line);
  }
  .records-head input {
    flex: 1 1 220px;
    max-width: 340px;
    min-height: 36px;
    font-size: 14px;
  }
  .records {
    display: grid;
    gap: 0;
  }
  .affected {
    padding: 14px 0;
    border-bottom: 1px solid var(--line);
    display: grid;
    gap: 8px;
    min-width: 0;
  }
  .affected:last-child {
    border-bottom: 0;
  }
  .record {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 10px;
    align-items: baseline;
  }
  .record h3 {
    overflow-wrap: anywhere;
  }
  .change {
    font-size: 12px;
    line-height: 18px;
    font-weight: 500;
    padding: 0 8px;
    border-radius: 999px;
    color: var(--dim);
    background: color-mix(in srgb, var(--dim) 11%, var(--paper));
    overflow-wrap: anywhere;
  }
  .portal {
    margin-left: auto;
    white-space: nowrap;
  }
  table.changes {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    border-collapse: separate;
    border-spacing: 0;
    overflow: hidden;
  }
  .changes th,
  .changes td {
    position: static;
    padding: 6px 10px;
    height: auto;
    border-bottom: 1px solid var(--line);
    box-shadow: none;
    vertical-align: top;
    text-align: start;
    white-space: normal;
    overflow-wrap: anywhere;
    font-size: 14px;
  }
  .changes thead th {
    background: var(--soft);
    font-size: 12px;
    padding-block: 4px;
  }
  .changes tbody tr:last-child > * {
    border-bottom: 0;
  }
  .changes th {
    width: 30%;
    font-weight: 500;
    color: var(--dim);
    background: none;
  }
  .both .was {
    color: var(--dim);
  }
  .both .was .text,
  .both .was time {
    text-decoration: line-through color-mix(in srgb, var(--bad) 55%, transparent);
  }
  .text {
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }
  .long summary {
    list-style: none;
    cursor: pointer;
  }
  .long summary::-webkit-details-marker {
    display: none;
  }
  .long[open] summary .text,
  .long[open] .more,
  .long:not([open]) .less {
    display: none;
  }
  .more,
  .less {
    color: var(--accent);
    font-size: 13px;
    white-space: nowrap;
  }
  .differing {
    display: grid;
    gap: 2px;
  }
  .differing li {
    display: grid;
    grid-template-columns: 16px 1fr;
  }
  .sign {
    font-weight: 700;
  }
  .pairs {
    display: grid;
    gap: 1px;
  }
  .pairs > div {
    display: grid;
    grid-template-columns: minmax(80px, max-content) 1fr;
    gap: 10px;
  }
  .pairs dt {
    color: var(--dim);
  }
  .pairs dd {
    overflow-wrap: anywhere;
    min-width: 0;
  }
  .details {
    font-size: 14px;
    display: grid;
    grid-template-columns: minmax(60px, max-content) 1fr;
    gap: 10px;
    align-items: baseline;
    padding-inline: 10px;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .all {
    margin-top: 10px;
    justify-self: start;
  }
  @media (max-width: 640px) {
    .copy span {
      display: none;
    }
    .portal {
      margin-left: 0;
    }
    .facts {
      grid-template-columns: auto auto;
      font-size: 14px;
    }
    .both thead {
      display: none;
    }
    .both :is(tbody, tr, th, td) {
      display: block;
      width: auto;
    }
    .changes.both {
      display: block;
    }
    .both tr {
      padding: 6px 0;
      border-bottom: 1px solid var(--line);
    }
    .both tr:last-child {
      border-bottom: 0;
    }
    .both :is(th, td) {
      border: 0;
      padding: 1px 10px;
    }
    .both td[data-label] {
      display: grid;
      grid-template-columns: 56px 1fr;
    }
    .both td[data-label]::before {
      content: attr(data-label);
      font-size: 12px;
      line-height: 21px;
      color: var(--dim);
    }
  }
`;
