/** What the API understood of the line, part by part; each can be taken out. */
import { html, type TemplateResult } from "lit";
import type { Understood } from "../../api.ts";
import { icon } from "../../icons.ts";
import type { Zone } from "../../time.ts";
import { noDates } from "../../table/no-date.ts";
import { noDate } from "../../words/elements.ts";
import { spanOf } from "./line.ts";
import { auditWords as words, fieldWords, removeLabel } from "../../words/audit.ts";

export function chips(parts: Understood[], zone: Zone, remove: (index: number) => void): TemplateResult {
  return html`<div class="chips"><span class="dim small">${words.understood}</span><ul>${
    parts.map((part, index) => {
      const text = chipText(part, zone);
      return html`<li class="chip ${part.kind}"><bdi>${text}</bdi><button class="bare" aria-label=${removeLabel(text)}
        title=${removeLabel(text)} @click=${() => remove(index)}>${icon("close", 12)}</button></li>`;
    })
  }</ul></div>${noDates(parts).map((text) => html`<p class="fault small dim">${noDate(text)}</p>`)}`;
}

export function chipText(part: Understood, zone: Zone): string {
  const { kind, field } = part;
  if (kind === "ignored") return `${words.ignored} ${part.text}`;
  if (kind === "date") return dateText(part, zone);
  const text = field ? inField(part.text, field) : part.text.replace(/^[-–−]/, "");
  return kind === "excluded" ? `${words.without} ${text}` : text;
}

function inField(text: string, field: NonNullable<Understood["field"]>): string {
  const value = text.slice(text.indexOf(":") + 1).trim().replace(/^["“”„‟＂]|["“”„‟＂]$/g, "");
  return `${fieldWords[field]}: ${value}`;
}

function dateText(part: Understood, zone: Zone): string {
  const { text, from = "", to = "" } = part;
  switch (spanOf(part)) {
    case "day":
      return `${words.on} ${zone.date(from)}`;
    case "hour":
      return `${words.on} ${zone.text(from)}–${zone.clock(to)}`;
    case "moment":
      return `${words.on} ${zone.text(from)}`;
    case "any day":
      return `${text} ${words.anyDay}`;
    case "skipped":
      return `${text} ${words.skipped}`;
  }
}
