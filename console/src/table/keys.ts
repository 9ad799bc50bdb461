/** Keyboard shortcuts: everywhere on a page of the console, and in a host's page only while focus is inside. */

let everywhere = false;

/** Called once by the console. */
export function takeKeysEverywhere(): void {
  everywhere = true;
}

export type Keys = Record<string, () => void>;

/**
 * Calls what belongs to a key, as long as the element is connected and shown; `first` is before what is around it.
 * Answers how to stop.
 */
export function listen(element: HTMLElement, keys: Keys, first = false): () => void {
  const target: EventTarget = everywhere ? document : element;
  const listener = (event: Event) => {
    const act = event instanceof KeyboardEvent && keyOf(event) in keys ? keys[keyOf(event)] : undefined;
    if (!act || event.defaultPrevented || !reaches(element)) return;
    event.preventDefault();
    act();
  };
  target.addEventListener("keydown", listener, first);
  return () => target.removeEventListener("keydown", listener, first);
}

function keyOf(event: KeyboardEvent): string {
  const typing = event.composedPath().some((node) =>
    node instanceof HTMLElement && node.matches("input:not([type=checkbox], [type=radio]), textarea, select")
  );
  return typing || event.metaKey || event.ctrlKey || event.altKey ? "" : event.key;
}

/** Behind an open dialog nothing is heard. */
function reaches(element: HTMLElement): boolean {
  if (!element.checkVisibility()) return false;
  const modal = topDialog(document);
  return !modal || contains(modal, element);
}

function topDialog(root: Document | ShadowRoot): Element | null {
  const open = [...root.querySelectorAll("dialog:modal")].at(-1);
  if (open) return open;
  for (const node of root.querySelectorAll("*")) {
    const inside = node.shadowRoot ? topDialog(node.shadowRoot) : null;
    if (inside) return inside;
  }
  return null;
}

function contains(outer: Element, inner: Element): boolean {
  for (let node: Node | null = inner; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    if (node === outer) return true;
  }
  return false;
}
