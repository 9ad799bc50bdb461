/** Access: who may see and do what, as a table, of which a row at a time is changed. */
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type ApiError, isAborted, type Permission, shown } from "../../api.ts";
import { icon } from "../../icons.ts";
import { changed, href } from "../../route.ts";
import { router } from "../../shell/router.ts";
import { failureState } from "../../table/states.ts";
import { ConsolePage } from "../page.ts";
import { problem } from "../../table/problem.ts";
import "./add.ts";
import type { AddEvent } from "./add.ts";
import "./editor.ts";
import type { SaveEvent } from "./editor.ts";
import {
  edited,
  granted,
  type Grantee,
  type Grants,
  keyOf,
  type Kind,
  ORDER,
  type Row,
  rows,
  withEdited,
  withGrant,
} from "./grants.ts";
import { accessLook } from "./look.ts";
import { columns, nowGranted, saved, words } from "./words.ts";
import { permissions } from "../../words/elements.ts";

/** Grey rows as long as nothing is known. */
const LOADING_ROWS = 6;

class Access extends ConsolePage {
  static override styles = [...ConsolePage.styles, accessLook];

  static override properties: PropertyDeclarations = {
    grants: { state: true },
    error: { state: true },
    saveError: { state: true },
    conflict: { state: true },
    done: { state: true },
    busy: { state: true },
    adding: { state: true },
  };

  private grants: Grants | null = null;
  private error: ApiError | null = null;
  private saveError: ApiError | null = null;
  private conflict = false;
  private done = "";
  private busy = false;
  private adding: Kind | null = null;

  /** Of `grants`: nothing is saved over what somebody else has saved since. */
  #tag = "";
  #abort = new AbortController();
  #editing = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  protected override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    const editing = JSON.stringify(this.#edited);
    if (editing === this.#editing) return;
    this.#editing = editing;
    this.saveError = null;
    this.conflict = false;
    if (this.#edited) this.done = "";
  }

  get #edited(): Grantee | null {
    return edited(this.route.query);
  }

  async #load(): Promise<void> {
    const { daybook } = this.context;
    this.#abort.abort();
    const { signal } = this.#abort = new AbortController();
    this.error = null;
    try {
      const { data, response } = await daybook.answer((client) =>
        client.GET("/v1/orgs/{org}/access", { params: { path: { org: daybook.org } }, signal })
      );
      this.grants = data;
      this.#tag = response.headers.get("etag") ?? "";
    } catch (error) {
      if (!isAborted(error)) this.error = shown(error);
    }
  }

  async #save({ detail: { grantee, permissions } }: SaveEvent): Promise<void> {
    const { daybook } = this.context;
    this.busy = true;
    this.saveError = null;
    try {
      const { data, response } = await daybook.answer((client) =>
        client.PUT("/v1/orgs/{org}/access", {
          params: { path: { org: daybook.org }, header: { "If-Match": this.#tag } },
          body: grantee.kind === "group" ? { group: grantee.name, permissions } : { staff: grantee.name, permissions },
        })
      );
      this.#tag = response.headers.get("etag") ?? "";
      if (this.grants) this.grants = withGrant(this.grants, grantee, data.permissions);
      await this.#close(grantee);
      this.done = saved(grantee);
    } catch (error) {
      await this.#refused(shown(error));
    }
    this.busy = false;
  }

  /** What somebody else has saved is loaded, and what was chosen stays in the editor. */
  async #refused(error: ApiError): Promise<void> {
    this.conflict = error.status === 412;
    if (this.conflict) await this.#load();
    else this.saveError = error;
  }

  #edit(grantee: Grantee | null): void {
    router.go(this.#address(grantee));
  }

  #address(grantee: Grantee | null): string {
    const of = (kind: Kind) => grantee?.kind === kind ? grantee.name : null;
    const query = changed(this.route.query, { group: of("group"), staff: of("staff") });
    return href({ page: "access", org: this.context.daybook.org }, query);
  }

  async #close(grantee: Grantee): Promise<void> {
    this.#edit(null);
    // The shell hands the new address on with its own update.
    await new Promise(requestAnimationFrame);
    await this.updateComplete;
    this.#focus(grantee);
  }

  /** Back to the row that was edited; a new one without grants has none. */
  #focus({ kind, name }: Grantee): void {
    const links = [...this.renderRoot.querySelectorAll<HTMLElement>("a[data-kind]")];
    const same = links.find(({ dataset }) => dataset.kind === kind && dataset.name === name);
    (same ?? this.renderRoot.querySelector<HTMLElement>("h1"))?.focus();
  }

  // -- what the person sees

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h1 tabindex="-1">${words.title}</h1>
        <div class="buttons">
          <button @click=${() => this.adding = "group"}>${words.addGroup}</button>
          <button @click=${() => this.adding = "staff"}>${words.addStaff}</button>
        </div>
      </div>
      <p class="dim">${words.what} ${words.soon}</p>
      <p class="done ${this.done ? "notice good" : ""}" role="status">${this.done}</p>
      ${this.#content()}
      ${this.adding
        ? html`
          <console-add .context=${this.context} .kind=${this.adding} @close=${() => this.adding = null}
            @console-add=${({ detail }: AddEvent) => this.#edit(detail)}></console-add>
        `
        : nothing}
    `;
  }

  #content(): TemplateResult {
    if (this.error && !this.grants) {
      return failureState(this.error, this.context.words, words.failure, () => this.#load());
    }
    if (!this.grants) return this.loading(LOADING_ROWS);
    return this.#table(this.grants);
  }

  #table(grants: Grants): TemplateResult {
    const all = rows(grants);
    const edit = this.#edited;
    const body = (kind: Kind, heading: string, empty: string) => {
      const own = all.filter((row) => row.kind === kind);
      return html`<tbody>
        <tr class="kind"><th scope="rowgroup" colspan=${ORDER.length + 2}>${heading}</th></tr>
        ${kind === "group" ? this.#admin() : nothing}
        ${
        repeat(
          withEdited(own, kind, edit),
          keyOf,
          (row) => edit && keyOf(row) === keyOf(edit) ? this.#editorRow(row) : this.#row(row),
        )
      }
        ${
        own.length ? nothing : html`
          <tr>
            <td class="dim none" colspan=${ORDER.length + 2}>${empty}</td>
          </tr>
        `
      }
      </tbody>`;
    };
    return html`<table class="matrix">
      <caption class="unseen">${words.title}</caption>
      <thead><tr><th scope="col" class="who">${words.who}</th>${
      ORDER.map((one) => html`<th scope="col" title=${permissions[one]}>${columns[one]}</th>`)
    }<td class="edit"></td></tr></thead>
      ${body("group", words.groups, words.noGroups)} ${body("staff", words.staff, words.noStaff)}
    </table>`;
  }

  #admin(): TemplateResult {
    return html`<tr class="fixed">
      <th scope="row">${words.admin}<span class="sub">${words.adminWhy}</span></th>
      ${ORDER.map((one) => cell(one, true))}
      <td class="edit"><span class="dim" title=${words.adminWhy}>${icon("hold")}</span></td>
    </tr>`;
  }

  #row(row: Row): TemplateResult {
    return html`<tr>
      <th scope="row">${row.name}</th>
      ${ORDER.map((one) => cell(one, row.permissions.includes(one)))}
      <td class="edit"><a class="button" href=${this.#address(row)} data-kind=${row.kind} data-name=${row.name}
        aria-label="${words.edit} ${row.name}">${words.edit}</a></td>
    </tr>`;
  }

  #editorRow(row: Row): TemplateResult {
    const now = this.grants ? granted(this.grants, row) : [];
    return html`
      <tr class="editing">
        <td colspan=${ORDER.length + 2}>
            ${this.conflict
              ? html`
                <div class="notice warn" role="alert">
                  <p><b>${words.conflict}</b></p>
                  <p>${nowGranted(row, now)}</p>
                </div>
              `
              : nothing}
            ${this.saveError ? problem(this.saveError, this.context.words, words.notSaved) : nothing}
            <console-grant .grantee=${{ kind: row.kind, name: row.name }} .now=${now} ?own=${this.#own(
              row,
            )} ?busy=${this.busy}
              @console-save=${this.#save} @close=${() => this.#close(row)}></console-grant>
          </td>
      </tr>
    `;
  }

  /** Whether the person is in the group, or is it. */
  #own({ kind, name }: Grantee): boolean {
    return kind === "group" ? this.me.groups.includes(name) : name.toLowerCase() === this.me.username.toLowerCase();
  }
}

function cell(one: Permission, may: boolean): TemplateResult {
  return html`<td class=${may ? "may" : "not"}>${
    may ? html`<span class="good">${icon("check", 18)}</span>` : nothing
  }<span
    class="label">${columns[one]}</span><span class="unseen">${may ? words.yes : words.no}</span></td>`;
}

customElements.define("console-access", Access);
