// The token of whoever is signed in here. It is asked for before each call, so one is kept until shortly before its end.
const kept = { token: "", until: 0 };

async function token() {
  if (kept.until < Date.now()) {
    const answer = await fetch("/token");
    if (!answer.ok) throw new Error("Nobody is signed in.");
    kept.token = await answer.json();
    kept.until = Date.now() + 5 * 60_000;
  }
  return kept.token;
}

for (const element of document.querySelectorAll("daybook-record, daybook-audit-log")) {
  element.token = token;
}

const record = document.querySelector("daybook-record");
record.words = { emailLog: "E-mails" };

// Search, order and page of the record stand in this page's address, so that it can be sent to a colleague.
record.query = location.search.slice(1);
record.addEventListener("daybook-query", (event) => {
  const address = event.detail.query ? `?${event.detail.query}` : location.pathname;
  history[event.detail.replace ? "replaceState" : "pushState"](null, "", address);
});
addEventListener("popstate", () => {
  record.query = location.search.slice(1);
});

// A record that somebody chose is shown by this product; e-mails are left to the element.
addEventListener("daybook-open", (event) => {
  if (event.detail.kind !== "record") return;
  event.preventDefault();
  location.assign(`/${event.detail.type}/${event.detail.id}`);
});
addEventListener("daybook-denied", (event) => {
  document.querySelector("#told").textContent = `You may not see: ${event.detail.what}.`;
});
