/** Tabs as the ARIA practices describe them: arrows move, the chosen one is in the order of focus. */
import { html, type TemplateResult } from "lit";

export function tabs<Key extends string>(
  label: string,
  list: readonly { key: Key; label: string }[],
  now: Key | undefined,
  choose: (key: Key) => void,
  minor = false,
): TemplateResult {
  const inOrder = now ?? list[0]?.key;
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = list.findIndex(({ key }) => key === inOrder);
    const next = list[(at + by + list.length) % list.length];
    if (!next) return;
    const bar = event.currentTarget as HTMLElement;
    choose(next.key);
    bar.querySelector<HTMLElement>(`[data-key="${next.key}"]`)?.focus();
  };
  return html`<div class="tabs ${minor ? "minor" : ""}" role="tablist" aria-label=${label} @keydown=${move}>
    ${
    list.map(({ key, label }) =>
      html`
        <button role="tab" data-key=${key} aria-selected=${key === now} tabindex=${key === inOrder ? 0 : -1}
          @click=${() => choose(key)}>${label}</button>
      `
    )
  }
  </div>`;
}
