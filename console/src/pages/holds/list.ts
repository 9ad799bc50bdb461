/** The list of holds: its columns. */
import { html, nothing, type TemplateResult } from "lit";
import type { Schemas } from "../../api.ts";
import { mark, time } from "../../elements/logs.ts";
import type { Context } from "../../table/context.ts";
import type { Definition } from "../../table/table.ts";
import type { RecordNames } from "../record-names.ts";
import { failing, held, placedBy, states, tooLate, words } from "./words.ts";

export type Hold = Schemas["Hold"];

const LIMIT = 25;

export function keyOf({ type, id }: Hold["record"]): string {
  return `${type}/${id}`;
}

export function holds(names: RecordNames, lift: (hold: Hold) => void): Definition<Hold> {
  return {
    name: words.title,
    noun: ["hold", "holds"],
    sort: "",
    empty: words.empty,
    failure: words.failure,
    key: ({ record }) => keyOf(record),
    load: async ({ daybook, links }, { cursor }, signal) => {
      const query = { limit: LIMIT, ...(cursor ? { cursor } : {}) };
      const params = { path: { org: daybook.org }, query };
      const page = await daybook.ask((client) => client.GET("/v1/orgs/{org}/holds", { params, signal }));
      // Of a record that the person may not open, the name is not theirs to see either.
      names.want(page.entries.map(({ record }) => record).filter((record) => links.record?.(record)));
      return page;
    },
    columns: [
      {
        key: "record",
        label: words.record,
        width: "20%",
        card: "title",
        cell: ({ record }, { links }) => {
          const to = links.record?.(record);
          return to ? html`<a href=${to}>${names.text(record)}</a>` : names.text(record);
        },
      },
      { key: "reason", label: words.reason, card: "line", cell: ({ reason }) => reason },
      {
        key: "placed",
        label: words.placed,
        width: "190px",
        card: "head",
        cell: (hold, context) => time(hold.placed_at, context),
      },
      { key: "by", label: words.by, width: "110px", cell: ({ placed_by }) => placed_by },
      {
        key: "placed-by",
        label: "",
        card: "line",
        cardOnly: true,
        cell: ({ placed_by }) => placedBy(placed_by),
      },
      { key: "state", label: words.state, width: "210px", card: "status", cell: state },
      {
        key: "actions",
        label: words.actions,
        width: "90px",
        card: "line",
        cell: (hold) =>
          hold.status === "lifting" ? nothing : html`
            <span class="acts"><button class="plain" aria-label="${words.lift} ${names.text(hold.record)}"
              @click=${() => lift(hold)}>${words.liftMore}</button></span>
          `,
      },
    ],
  };
}

function state(hold: Hold, context: Context): TemplateResult {
  const counts = [hold.held ? held(hold.held) : "", hold.too_late ? tooLate(hold.too_late) : ""].filter(Boolean);
  return html`${mark(states[hold.status])}
    ${counts.length ? html`<span class="sub">${counts.join("; ")}</span>` : nothing} ${failure(hold, context)}`;
}

function failure({ failure }: Hold, { zone }: Context): TemplateResult | typeof nothing {
  if (!failure) return nothing;
  const next = failure.next_attempt_at;
  return html`<span class="sub bad">${failing(failure.attempts)}: ${failure.reason}
    ${next ? `${words.nextAttempt} ${zone?.text(next)}` : words.givenUp}</span>`;
}
