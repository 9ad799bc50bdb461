/** The look of the bar at the top and of the page's frame. */
import { css } from "lit";

export const shellLook = css`
  :host {
    min-height: 100dvh;
    --daybook-sticky: 57px;
  }
  .skip {
    position: absolute;
    left: 8px;
    top: -60px;
    z-index: 20;
    background: var(--paper);
    padding: 10px 14px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .skip:focus {
    top: 8px;
  }
  .bar {
    position: sticky;
    top: 0;
    z-index: 10;
    background: var(--paper);
    border-bottom: 1px solid var(--line);
  }
  .inner {
    display: flex;
    align-items: center;
    gap: 18px;
    height: 56px;
    max-width: 1180px;
    margin: auto;
    padding-inline: 20px;
  }
  .brand {
    display: inline-flex;
    align-items: center;
    gap: 9px;
    color: var(--ink);
    font-weight: 650;
    white-space: nowrap;
    min-width: 0;
  }
  @media (min-width: 1001px) {
    .brand {
      flex: 0 0 300px;
    }
  }
  @media (min-width: 1240px) {
    .brand {
      flex-basis: 350px;
    }
  }
  .brand:hover {
    text-decoration: none;
  }
  .logo {
    flex: none;
  }
  .org {
    color: var(--dim);
    font-weight: 450;
    padding-left: 9px;
    border-left: 1px solid var(--line);
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .find {
    position: relative;
    flex: 1 1 240px;
    max-width: 400px;
    min-width: 0;
    color: var(--dim);
  }
  .find > .icon {
    position: absolute;
    left: 11px;
    top: 11px;
  }
  .find input {
    width: 100%;
    min-height: 38px;
    padding: 0 30px 0 34px;
    background: var(--soft);
    border-color: transparent;
    text-overflow: ellipsis;
  }
  .find input:hover {
    border-color: var(--line);
  }
  .find input:focus {
    background: var(--paper);
    border-color: var(--edge);
  }
  .find kbd {
    position: absolute;
    right: 9px;
    top: 8px;
  }
  .find:focus-within kbd {
    display: none;
  }
  kbd {
    font: 12px/1 var(--font);
    padding: 3px 6px;
    color: var(--dim);
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: 4px;
  }
  .bar nav {
    display: flex;
    gap: 2px;
    margin-left: auto;
  }
  .bar .inner > nav a {
    color: var(--dim);
    padding: 8px 10px;
    border-radius: var(--radius);
    white-space: nowrap;
  }
  .bar nav a:hover {
    color: var(--ink);
    background: var(--soft);
    text-decoration: none;
  }
  .bar .inner > nav a[aria-current="page"] {
    color: var(--ink);
    font-weight: 600;
  }
  button.account {
    color: var(--ink);
    font-weight: 450;
    padding: 0 4px;
  }
  .person {
    display: inline-grid;
    place-items: center;
    width: 28px;
    height: 28px;
    border-radius: 50%;
    font-size: 12px;
    font-weight: 600;
    color: var(--accent);
    background: color-mix(in srgb, var(--accent) 14%, var(--paper));
  }
  .menu {
    position: fixed;
    inset: 52px max(16px, calc((100vw - 1180px) / 2 + 12px)) auto auto;
    width: 280px;
    margin: 0;
    padding: 8px;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) + 2px);
    box-shadow: 0 10px 32px rgb(0 0 0 / 18%);
  }
  .menu p {
    padding: 6px 10px;
  }
  .menu nav {
    flex-direction: column;
    margin: 0;
  }
  .menu nav:not(:empty) {
    border-top: 1px solid var(--line);
    margin-top: 6px;
    padding-top: 6px;
  }
  .menu nav.narrow {
    display: none;
  }
  .menu :is(a, button.bare) {
    display: flex;
    justify-content: space-between;
    width: 100%;
    min-height: 38px;
    align-items: center;
    padding: 0 10px;
    color: var(--ink);
    border-radius: 6px;
  }
  .menu nav + button.bare {
    border-top: 1px solid var(--line);
    border-radius: 0 0 6px 6px;
    margin-top: 6px;
    padding-top: 4px;
  }
  main {
    max-width: 1180px;
    margin: 20px auto 48px;
    padding: 22px 24px 12px;
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) + 4px);
    min-height: 60vh;
    outline: none;
  }
  .state h1 {
    color: var(--ink);
  }
  .strip {
    position: sticky;
    top: 57px;
    z-index: 9;
    display: flex;
    gap: 16px;
    align-items: center;
    justify-content: center;
    padding: 6px 20px;
    min-height: 44px;
    background: color-mix(in srgb, var(--warn) 14%, var(--paper));
    border-bottom: 1px solid color-mix(in srgb, var(--warn) 40%, var(--line));
  }
  .keys div {
    display: grid;
    grid-template-columns: 120px 1fr;
    align-items: center;
  }
  .keys {
    gap: 10px;
  }
  .keys dt {
    display: flex;
    gap: 4px;
  }
  @media (max-width: 1230px) {
    main {
      margin-inline: 16px;
    }
  }
  @media (max-width: 1000px) {
    .org,
    .account .name {
      display: none;
    }
  }
  @media (max-width: 780px) {
    .inner {
      gap: 10px;
      padding-inline: 12px;
    }
    .brand span,
    .inner > nav,
    .find kbd {
      display: none;
    }
    .find {
      max-width: none;
    }
    button.account {
      margin-left: auto;
    }
    .menu nav.narrow {
      display: flex;
    }
    .menu {
      width: min(320px, calc(100vw - 24px));
      right: 12px;
    }
    main {
      margin: 0;
      padding: 16px 14px;
      border: 0;
      border-radius: 0;
      min-height: calc(100dvh - 57px);
    }
    .strip {
      flex-wrap: wrap;
      gap: 6px 12px;
    }
  }
`;
