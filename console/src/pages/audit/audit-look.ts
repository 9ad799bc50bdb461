/** The look of the page Audit Log. */
import { css } from "lit";

export const auditLook = css`
  .head {
    display: flex;
    justify-content: space-between;
    align-items: center;
    margin-bottom: 8px;
  }
  .line {
    display: flex;
    gap: 8px;
  }
  .examples {
    position: fixed;
    inset: auto;
    margin: 0;
    width: min(460px, calc(100vw - 16px));
    max-height: 70vh;
    overflow: auto;
    padding: 8px;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) + 2px);
    box-shadow: 0 10px 32px rgb(0 0 0 / 18%);
  }
  .examples p {
    padding: 4px 10px 8px;
  }
  .examples button {
    display: grid;
    width: 100%;
    padding: 7px 10px;
    gap: 1px;
    border-radius: 6px;
  }
  code {
    font: 13px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
    overflow-wrap: anywhere;
  }
  .chips {
    display: flex;
    gap: 8px;
    align-items: baseline;
    padding-top: 10px;
  }
  .chips ul {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    min-width: 0;
  }
  .chips .chip {
    display: inline-flex;
    align-items: center;
    font-size: 13px;
    padding: 0 2px 0 10px;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .chip.date {
    color: var(--accent);
    background: color-mix(in srgb, var(--accent) 9%, var(--paper));
    border-color: color-mix(in srgb, var(--accent) 30%, var(--line));
  }
  .chip.excluded {
    color: var(--bad);
    background: color-mix(in srgb, var(--bad) 7%, var(--paper));
    border-color: color-mix(in srgb, var(--bad) 30%, var(--line));
  }
  .chip.ignored {
    color: var(--dim);
    border-style: dashed;
    background: none;
  }
  .chip button {
    justify-content: center;
    width: 26px;
    height: 26px;
    border-radius: 50%;
    color: var(--dim);
  }
  .chip button:hover:not(:disabled) {
    color: var(--ink);
  }
  .fault {
    padding-top: 10px;
  }
  .layout {
    display: grid;
    grid-template-columns: 184px minmax(0, 1fr);
    gap: 20px;
    margin-top: 16px;
    align-items: start;
  }
  aside {
    position: relative;
    padding-top: 8px;
  }
  [inert] {
    opacity: 0.5;
    transition: opacity 0.15s 0.4s;
  }
  daybook-table {
    --gap: 8px;
  }
  .clear {
    position: absolute;
    top: 2px;
    right: -8px;
    min-height: 30px;
    font-size: 13px;
  }
  .newer {
    width: 100%;
    min-height: 36px;
    margin-bottom: 8px;
    font-size: 14px;
    color: var(--accent);
    border-color: color-mix(in srgb, var(--accent) 30%, var(--line));
    background: color-mix(in srgb, var(--accent) 8%, var(--paper));
  }
  .badge {
    min-width: 20px;
    padding: 0 6px;
    line-height: 20px;
    border-radius: 999px;
    font-size: 12px;
    color: var(--paper);
    background: var(--accent);
  }
  @container (max-width: 999px) {
    .layout {
      grid-template-columns: minmax(0, 1fr);
      gap: 8px;
      margin-top: 10px;
    }
    aside {
      padding: 0;
      display: grid;
      gap: 14px;
    }
    .clear,
    .done {
      position: static;
      width: 100%;
      min-height: 40px;
    }
  }
  @container (max-width: 560px) {
    .line {
      flex-wrap: wrap;
    }
    .line .search {
      flex: 1 0 100%;
    }
    .line button {
      flex: 1;
    }
    /* The keyboard of a phone has this key. */
    .line button.main {
      display: none;
    }
    .chips {
      display: grid;
      gap: 4px;
    }
  }
`;
