/** What is around the elements: the document itself. */

export const pageLook = new CSSStyleSheet();
pageLook.replaceSync(`
  :root { color-scheme: light dark; overflow-y: scroll; }
  body { margin: 0; background: light-dark(#f4f6f8, #101317); }
`);
