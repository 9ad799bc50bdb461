// Uses the types that openapi-typescript makes, as somebody else's program would, and prints what it saw as JSON.
// `use_client.py` beside it does the same in Python.
import createClient from "npm:openapi-fetch@0.17.0";
import type { components, paths } from "./daybook.d.ts";

const SECONDS = 60;

const baseUrl = Deno.env.get("DAYBOOK_URL")!;
const word = Deno.env.get("WORD")!;
const now = new Date().toISOString();
const record = { type: "family", id: word } as const;
const org = Deno.env.get("ORG")!;
const inOrg = { path: { org } };
const ofRecord = { org, ...record };

function client(token: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

function had<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const daybook = client(Deno.env.get("DAYBOOK_TOKEN")!);

const entries: components["schemas"]["Batch"]["entries"] = [
  { log: "email", record, recipient: "jane@x.example", subject: word, message_id: word },
  {
    log: "email",
    record,
    recipient: "joe@x.example",
    subject: word,
    sender: "office@x.example",
    body: { text: "Hello" },
    status: "sent",
    occurred_at: now,
    key: word,
  },
  { log: "email", record, recipient: "jim@x.example", subject: word },
  { log: "sms", record, recipient: "+14155550123", text: word },
  { log: "sms", record, recipient: "+14155550124", text: word, status: "delivered" },
  { log: "push", record, subject: word, text: "Hello" },
  { log: "activity", record, name: "Jane", action: word, details: { a: [1] } },
  {
    log: "audit",
    member_name: "Jane Smith",
    username: "jane",
    source: "office_portal",
    action: `Changed ${word}`,
    affected: [{ record, change: "updated", name: "Smith", before: { a: 1 } }],
  },
];
const posted = had(await daybook.POST("/v1/orgs/{org}/entries", { params: inOrg, body: { entries } }));

const rejected = await daybook.POST("/v1/orgs/{org}/entries", {
  params: inOrg,
  body: { entries: [{ log: "push", record: { type: "staff", id: word }, subject: word, text: "Hello" }] },
});
const rejection = had(rejected).results[0].error!;

const reported = had(
  await daybook.POST("/v1/orgs/{org}/deliveries", {
    params: inOrg,
    body: { events: [{ log: "email", message_id: word, recipient: "jane@x.example", type: "bounced", at: now }] },
  }),
);

const pages: string[][] = [];
let cursor: string | null = null;
do {
  const page: components["schemas"]["EmailsPage"] = had(
    await daybook.GET("/v1/orgs/{org}/records/{type}/{id}/emails", {
      params: { path: ofRecord, query: { status: ["sent", "bounced"], limit: 1, ...(cursor ? { cursor } : {}) } },
    }),
  );
  pages.push(page.entries.map((entry) => `${entry.recipient} ${entry.status}`));
  cursor = page.next;
} while (cursor);

const sms = had(
  await daybook.GET("/v1/orgs/{org}/records/{type}/{id}/sms", {
    params: { path: ofRecord, query: { status: ["delivered", "not_delivered"] } },
  }),
);

const timeline = had(
  await daybook.GET("/v1/orgs/{org}/records/{type}/{id}/timeline", { params: { path: ofRecord } }),
);

// An entry is found by its words once the stream of the table was read.
async function found(): Promise<components["schemas"]["OrgAuditPage"]> {
  const deadline = Date.now() + SECONDS * 1000;
  while (true) {
    const page = had(
      await daybook.GET("/v1/orgs/{org}/audit", {
        params: { ...inOrg, query: { q: `${word} smith`, source: ["office_portal", "system"] } },
      }),
    );
    if (page.entries.length > 0 || Date.now() > deadline) return page;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
const audit = await found();

const unauthorized = await client("no token").GET("/v1/orgs/{org}/records/{type}/{id}/emails", {
  params: { path: ofRecord },
});
if (!unauthorized.error || !("message" in unauthorized.error)) throw new Error(JSON.stringify(unauthorized));

// What a client makes of an answer by API Gateway that the local stack never gives.
async function gatewayMessage(status: number): Promise<string> {
  const fetch = () => Promise.resolve(Response.json({ message: "Not today" }, { status }));
  const { error } = await createClient<paths>({ baseUrl, fetch }).POST("/v1/orgs/{org}/entries", {
    params: inOrg,
    body: { entries },
  });
  if (!error || !("message" in error)) throw new Error(JSON.stringify(error));
  return error.message;
}

const wrong = await daybook.GET("/v1/orgs/{org}/records/{type}/{id}/emails", {
  params: { path: ofRecord, query: { limit: 0 } },
});
if (!wrong.error || !("code" in wrong.error)) throw new Error(JSON.stringify(wrong));

console.log(
  JSON.stringify({
    posted: posted.results.map((result) => result.status),
    rejected: [rejected.response.status, rejection.code, rejection.errors[0].field],
    reported: reported.results.map((result) => result.status),
    emails: pages,
    sms: sms.entries.map((entry) => entry.recipient),
    timeline: timeline.entries.map((entry) => entry.log).sort(),
    details: timeline.entries.flatMap((entry) => (entry.log === "activity" ? [entry.details] : [])),
    audit: audit.entries.map((entry) => [entry.action, entry.names]),
    understood: audit.understood.map((each) => [each.text, each.kind]),
    unauthorized: [unauthorized.response.status, unauthorized.error.message],
    gateway: await Promise.all([413, 429, 500, 503].map(gatewayMessage)),
    wrong: [wrong.response.status, wrong.error.code, wrong.error.errors?.[0].field],
  }),
);
