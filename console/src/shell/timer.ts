/** A timer for any time, also for the weeks that some tokens live. */

/** Milliseconds, about 24.8 days: browsers take a longer time for none at all, and call at once. */
const LONGEST = 2 ** 31 - 1;

/** Calls `then` after so many milliseconds. */
export function after(milliseconds: number, then: () => void): void {
  if (milliseconds <= LONGEST) setTimeout(then, milliseconds);
  else setTimeout(() => after(milliseconds - LONGEST, then), LONGEST);
}
