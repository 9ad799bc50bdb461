/** The look of `<daybook-table>`. */
import { css } from "lit";

export const tableLook = css`
  :host {
    container-type: inline-size;
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 10px;
    align-items: end;
    padding-block: 12px;
  }
  .tools,
  thead,
  li {
    scroll-margin-top: var(--daybook-sticky, 0px);
  }
  .search {
    position: relative;
    flex: 1 1 280px;
    min-width: 0;
    color: var(--dim);
  }
  .search > .icon {
    position: absolute;
    left: 11px;
    top: 12px;
  }
  .search input {
    width: 100%;
    padding-left: 34px;
    text-overflow: ellipsis;
  }
  .filters {
    display: flex;
    flex-wrap: wrap;
    gap: 10px;
  }
  .export {
    margin-inline-start: auto;
  }
  .field {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    color: var(--dim);
    font-size: 13px;
  }
  .field input,
  .field select {
    font-size: 14px;
    padding: 0 8px;
  }
  .reading {
    flex: 1 0 100%;
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    align-items: center;
  }
  .chip {
    background: var(--soft);
    border: 1px solid var(--line);
    border-radius: 999px;
    padding: 1px 9px;
    color: var(--ink);
  }
  .progress {
    position: absolute;
    inset-inline: 0;
    height: 2px;
    overflow: hidden;
    opacity: 0;
    animation: appear 0s 300ms forwards;
  }
  .progress::after {
    content: "";
    display: block;
    height: 100%;
    width: 30%;
    background: var(--accent);
    animation: run 1.1s infinite ease-in-out;
  }
  .region {
    position: relative;
    transition: opacity 0.2s;
  }
  .region[aria-busy="true"] :is(table, .cards) {
    opacity: 0.55;
    transition: opacity 0.15s 0.9s;
  }
  /* Paler rows would have too little contrast to be read. */
  .old {
    filter: grayscale(1);
  }
  table {
    width: 100%;
    border-collapse: collapse;
    table-layout: fixed;
  }
  th {
    position: sticky;
    top: var(--daybook-sticky, 0px);
    z-index: 1;
    text-align: start;
    font-weight: 600;
    font-size: 13px;
    color: var(--dim);
    background: var(--paper);
    padding: 9px var(--gap, 10px);
    box-shadow: inset 0 -1px var(--line);
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .extent {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 14px;
    align-items: center;
    padding: 14px 10px 4px;
  }
  td .value:hover:not(:disabled) {
    background: none;
    color: var(--accent);
    text-decoration: underline dotted;
    text-underline-offset: 3px;
  }
  .zone {
    font-weight: 400;
  }
  button.sort {
    display: inline-flex;
    max-width: 100%;
    font-size: inherit;
    gap: 4px;
    align-items: center;
    white-space: nowrap;
  }
  .sort:hover:not(:disabled) {
    background: none;
    color: var(--ink);
  }
  .sort span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .sort .icon {
    opacity: 0;
  }
  .sort:is(:hover, :focus-visible) .icon {
    opacity: 0.6;
  }
  .sort.on {
    color: var(--ink);
  }
  .sort.on .icon {
    opacity: 1;
  }
  td {
    padding: 9px var(--gap, 10px);
    height: 40px;
    vertical-align: top;
    border-bottom: 1px solid var(--line);
    overflow-wrap: anywhere;
    font-size: 14px;
  }
  tr.link {
    cursor: pointer;
  }
  tr.link:hover {
    background: var(--soft);
  }
  .opens {
    color: inherit;
    font-size: inherit;
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  button.opens {
    display: inline-block;
  }
  .opens:hover:not(:disabled) {
    background: none;
    color: var(--accent);
  }
  tr:has(.opens:focus-visible) {
    background: var(--soft);
    box-shadow: inset 3px 0 var(--accent);
  }
  td time {
    white-space: nowrap;
  }
  .sub {
    display: block;
    font-weight: 400;
    color: var(--dim);
    font-size: 13px;
  }
  .clamp {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
  }
  .clamp.four {
    -webkit-line-clamp: 4;
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    margin-inline: -8px;
  }
  td .acts {
    margin-block: -9px;
  }
  .mark {
    color: var(--ink);
  }
  :is(td, .line) .mark .icon {
    align-self: start;
    margin-top: 3px;
    color: var(--tone);
  }
  .mark .icon {
    color: var(--tone);
  }
  .mark.good {
    --tone: var(--good);
  }
  .mark.bad {
    --tone: var(--bad);
    color: var(--bad);
  }
  .mark.warn {
    --tone: var(--warn);
  }
  .mark.dim {
    --tone: var(--dim);
    color: var(--dim);
  }
  .cards > li {
    padding: 12px 2px;
    border-bottom: 1px solid var(--line);
    cursor: pointer;
    display: grid;
    gap: 3px;
    min-height: 84px;
  }
  .cards .top {
    display: flex;
    justify-content: space-between;
    gap: 12px;
    font-size: 13px;
  }
  .cards :is(.title, .opens) {
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .cards .opens {
    font-weight: inherit;
  }
  .cards .top .sub {
    display: none;
  }
  .cards .line {
    color: var(--dim);
    font-size: 14px;
    overflow-wrap: anywhere;
  }
  .skeleton {
    opacity: 0;
    animation: appear 0s 150ms forwards;
    padding-top: 38px;
  }
  .skeleton.tall {
    padding-top: 0;
  }
  .skeleton div {
    display: grid;
    grid-template-columns: 150px 1fr 130px;
    gap: 24px;
    align-items: center;
    height: 41px;
    padding-inline: 10px;
    border-bottom: 1px solid var(--line);
  }
  .skeleton.tall div {
    height: 92px;
    grid-template-columns: 1fr;
    align-content: center;
    gap: 10px;
    padding: 0;
  }
  .skeleton i {
    height: 11px;
    border-radius: 4px;
    background: color-mix(in srgb, var(--line) 80%, var(--paper));
  }
  .skeleton i:nth-child(2) {
    width: 62%;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 16px;
    align-items: center;
    justify-content: space-between;
    padding-block: 12px;
  }
  .count {
    font-size: 13px;
  }
  .pages {
    display: flex;
    gap: 8px;
  }
  @container (max-width: 680px) {
    .search {
      flex: 1 1 140px;
    }
    .filters {
      flex: 1 0 100%;
      display: grid;
      grid-template-columns: 1fr 1fr;
    }
    .field:last-child {
      grid-column: 1 / -1;
    }
    .field {
      flex-direction: column;
      align-items: stretch;
      gap: 2px;
    }
    .field input,
    .field select {
      max-width: none;
      width: 100%;
      font-size: 16px;
    }
    .export span {
      display: none;
    }
    .pages {
      flex: 1;
    }
    .pages button {
      flex: 1;
    }
  }
  @keyframes appear {
    to {
      opacity: 1;
    }
  }
  @keyframes run {
    from {
      transform: translateX(-100%);
    }
    to {
      transform: translateX(340%);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .progress::after {
      animation: none;
      width: 100%;
    }
  }
`;
