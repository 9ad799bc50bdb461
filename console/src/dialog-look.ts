/** The look of dialogs and drawers, and what closes them beside their own buttons. */
import { css, type ReactiveController, type ReactiveControllerHost } from "lit";

export const dialogs = css`
  dialog {
    width: min(46em, calc(100vw - 32px));
    max-width: none;
    max-height: min(92vh, 60em);
    padding: 0;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) + 4px);
    box-shadow: 0 16px 48px rgb(0 0 0 / 24%);
    overflow: auto;
    overscroll-behavior: contain;
  }
  dialog::backdrop {
    background: rgb(14 18 24 / 45%);
  }
  dialog.narrow {
    width: min(32em, calc(100vw - 32px));
  }
  dialog.drawer {
    width: min(40em, 100vw);
    height: 100dvh;
    max-height: none;
    margin: 0 0 0 auto;
    border-radius: 0;
    border-width: 0 0 0 1px;
  }
  dialog header {
    display: flex;
    gap: 12px;
    align-items: start;
    justify-content: space-between;
    padding: 18px 20px 0;
  }
  dialog .body {
    padding: 12px 20px 20px;
    display: grid;
    gap: 16px;
  }
  dialog footer {
    display: flex;
    gap: 8px;
    justify-content: end;
    padding: 14px 20px;
    border-top: 1px solid var(--line);
    position: sticky;
    bottom: 0;
    background: var(--paper);
  }
  @media (max-width: 640px) {
    dialog,
    dialog.drawer {
      width: 100vw;
      height: 100dvh;
      max-height: none;
      margin: 0;
      border: 0;
      border-radius: 0;
    }
    dialog.narrow {
      height: fit-content;
      max-height: 92dvh;
      margin: auto 0 0;
      width: 100vw;
      border-radius: calc(var(--radius) + 4px) calc(var(--radius) + 4px) 0 0;
    }
    dialog header {
      flex-direction: column-reverse;
      gap: 6px;
      padding-top: 10px;
    }
    dialog header > :last-child:not(:only-child) {
      align-self: end;
    }
    dialog header > :only-child {
      padding-top: 8px;
    }
  }
`;

/** Radio buttons, each with a text about it. */
export const choices = css`
  fieldset {
    display: grid;
    gap: 8px;
  }
  .choice {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 10px;
    align-items: start;
    padding: 8px 12px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    cursor: pointer;
  }
  .choice:has(:checked) {
    border-color: var(--accent);
    background: color-mix(in srgb, var(--accent) 6%, var(--paper));
  }
  .choice input {
    margin-top: 2px;
  }
`;

/** Closes a dialog at a press on its backdrop, and not at one that began inside, such as to select text. */
export class Backdrop {
  #pressed = false;

  readonly down = (event: Event): void => {
    this.#pressed = event.target === event.currentTarget;
  };

  readonly click = (event: Event): void => {
    const dialog = event.currentTarget as HTMLDialogElement;
    if (this.#pressed && event.target === dialog) dialog.close();
    this.#pressed = false;
  };
}

/** Where a dialog goes without having been closed, such as by the browser's Back, its opener gets the focus back. */
export class GivesFocusBack implements ReactiveController {
  #opener: HTMLElement | null = null;

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#opener = focused(document);
  }

  hostDisconnected(): void {
    if (document.activeElement === document.body) this.#opener?.focus();
  }
}

/** What has the focus, through shadow roots. */
function focused(root: Document | ShadowRoot): HTMLElement | null {
  const { activeElement } = root;
  if (!(activeElement instanceof HTMLElement)) return null;
  return activeElement.shadowRoot ? focused(activeElement.shadowRoot) ?? activeElement : activeElement;
}
