/** How far a page is scrolled when one comes to it. */

/** Milliseconds after which the page stays where it is, however late its rows are. */
const LATEST = 5_000;

let wanted = 0;
let late: ReturnType<typeof setTimeout>;
const growing = new ResizeObserver(() => scrollTo(0, wanted));

function stop(): void {
  growing.disconnect();
  clearTimeout(late);
}

/** A page that one comes back to has no rows yet: it is scrolled while it grows, until somebody does something. */
export function scrollBack(top: number): void {
  stop();
  scrollTo(0, top);
  if (!top) return;
  wanted = top;
  growing.observe(document.body);
  late = setTimeout(stop, LATEST);
  for (const name of ["wheel", "pointerdown", "keydown"]) addEventListener(name, stop, { once: true });
}
