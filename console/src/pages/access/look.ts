/** The look of the page Access: a table, or where it is narrow a card for each row. */
import { css } from "lit";

export const accessLook = css`
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 16px;
    align-items: center;
    justify-content: space-between;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .head + p {
    margin-top: 6px;
  }
  .done {
    margin-top: 12px;
  }
  .matrix {
    table-layout: fixed;
    margin-top: 8px;
  }
  .matrix thead th {
    white-space: normal;
    text-align: center;
    vertical-align: bottom;
    font-size: 12px;
    line-height: 1.25;
    padding: 8px 3px;
    overflow: visible;
  }
  .matrix thead .who {
    width: 216px;
    text-align: start;
    padding-left: 10px;
  }
  .matrix .edit {
    width: 84px;
    text-align: end;
    padding-right: 0;
  }
  .matrix thead td {
    position: sticky;
    top: var(--daybook-sticky, 0px);
    z-index: 1;
    background: var(--paper);
    border: 0;
    box-shadow: inset 0 -1px var(--line);
  }
  .matrix td {
    text-align: center;
    vertical-align: middle;
    padding: 6px 3px;
  }
  .matrix tbody th {
    position: static;
    color: var(--ink);
    font-size: 14px;
    white-space: normal;
    overflow-wrap: anywhere;
    box-shadow: none;
    background: none;
    border-bottom: 1px solid var(--line);
    vertical-align: middle;
  }
  .matrix tbody th .sub {
    font-weight: 400;
  }
  .matrix .kind th {
    color: var(--dim);
    font-size: 13px;
    padding-top: 22px;
  }
  .matrix .kind:hover,
  .matrix .editing:hover {
    background: none;
  }
  .matrix td:nth-child(odd):not(.edit) {
    background: color-mix(in srgb, var(--soft) 60%, transparent);
  }
  .matrix td.none {
    text-align: start;
    padding-left: 10px;
    background: none;
  }
  .matrix .editing td {
    text-align: start;
    background: none;
    border: 0;
    padding: 0;
  }
  .editing .notice {
    margin-top: 8px;
  }
  .label {
    display: none;
  }
  @container (max-width: 940px) {
    .matrix,
    .matrix tbody,
    .matrix tr,
    .matrix td,
    .matrix tbody th {
      display: block;
      width: auto;
    }
    .matrix thead {
      display: none;
    }
    .matrix tbody tr:not(.editing) {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 14px;
      align-items: center;
      padding-block: 10px;
      border-bottom: 1px solid var(--line);
    }
    .matrix tbody th {
      flex: 1 0 calc(100% - 110px);
      max-width: calc(100% - 110px);
      padding: 0;
      border: 0;
    }
    .matrix .kind th {
      padding-top: 14px;
    }
    .matrix td,
    .matrix td:nth-child(odd):not(.edit) {
      border: 0;
      padding: 0;
      height: auto;
      background: none;
    }
    .matrix tr .edit {
      order: -1;
      margin-left: auto;
      width: auto;
    }
    .matrix tbody th {
      order: -2;
    }
    .matrix td.may {
      display: inline-flex;
      align-items: center;
      gap: 4px;
      font-size: 13px;
    }
    .matrix td.not {
      display: none;
    }
    .label {
      display: inline;
    }
  }
`;
