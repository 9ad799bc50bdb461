/** The one place that speaks to the API: typed by its OpenAPI document. */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";
import type { RecordKey } from "./route.ts";
import { type Zone, zone } from "./time.ts";

export type Schemas = components["schemas"];
export type Permission = Schemas["Permission"];
export type EmailRow = Schemas["EmailRow"];
export type SmsRow = Schemas["SmsRow"];
export type PushRow = Schemas["PushRow"];
export type ActivityRow = Schemas["ActivityRow"];
export type AuditRow = Schemas["AuditRow"];
export type TimelineRow = Schemas["TimelinePage"]["entries"][number];
export type Block = Schemas["Block"];
export type RecordHead = Schemas["RecordHead"];
export type OwnAccess = Schemas["OwnAccess"];
export type Understood = Schemas["Understood"];
export type Page<Row> = { entries: Row[]; next: string | null; prev: string | null; understood?: Understood[] };

/** Gives a token that is good for now, or rejects with `SignedOut`. */
export type Token = () => string | Promise<string>;

/** What a page says of a failure: each has its own words. */
export type Failure = "denied" | "signed-out" | "missing" | "offline" | "failed";

/** An answer that is no success (RFC 9457), or no answer (`status` 0). `at` is the moment at which it was noticed. */
export class ApiError extends Error {
  readonly at = new Date();

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: Schemas["FieldError"][] = [],
  ) {
    super(message);
  }

  get failure(): Failure {
    if (this.status === 401) return "signed-out";
    if (this.status === 403) return "denied";
    if (this.status === 404) return "missing";
    return this.code === "offline" ? "offline" : "failed";
  }
}

/** There is no token any more: the person has to sign in again. */
export class SignedOut extends ApiError {
  constructor() {
    super(401, "signed_out", "The sign-in has ended.");
  }
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response };
type Call<Data> = (client: Client<paths>) => Promise<Answer<Data>>;

/** The API for one org and one caller. What every page needs is asked for once. */
export class Daybook {
  readonly #client: Client<paths>;
  #me: Promise<OwnAccess> | undefined;
  #zone: Promise<Zone> | undefined;

  /** `api` is what stands before `/orgs`, such as `https://log.example.com/v1`. */
  constructor(readonly api: string, readonly org: string, token: Token) {
    // The paths of the document begin with /v1.
    this.#client = createClient<paths>({ baseUrl: new URL(api, location.href).href.replace(/\/v1\/?$/, "") });
    this.#client.use({
      async onRequest({ request }) {
        request.headers.set("Authorization", `Bearer ${await token()}`);
        return request;
      },
    });
  }

  /**
   * The data of an answer: `ask((c) => c.GET("/v1/orgs/{org}/holds", { params: { path: { org } }, signal }))`.
   * An answer that is no success, and none at all, is an ApiError. An aborted call rejects with `AbortError`.
   */
  async ask<Data>(call: Call<Data>): Promise<Data> {
    return (await this.answer(call)).data;
  }

  /** The same, with the answer itself: for its `ETag`. */
  async answer<Data>(call: Call<Data>): Promise<{ data: Data; response: Response }> {
    const { data, error, response } = await this.#called(call);
    if (data === undefined || !response.ok) throw refused(response.status, error);
    return { data, response };
  }

  /** For a call whose answer has no body. */
  async tell(call: Call<unknown>): Promise<void> {
    const { error, response } = await this.#called(call);
    if (!response.ok) throw refused(response.status, error);
  }

  async #called<Data>(call: Call<Data>): Promise<Answer<Data>> {
    try {
      return await call(this.#client);
    } catch (error) {
      // What fetch rejects with when nothing answered, or CORS keeps the answer back.
      if (error instanceof TypeError) throw unreachable();
      throw error;
    }
  }

  me(): Promise<OwnAccess> {
    this.#me ??= this.ask((client) => client.GET("/v1/orgs/{org}/access/me", { params: { path: this.#path } }))
      .catch((error) => {
        this.#me = undefined;
        throw error;
      });
    return this.#me;
  }

  /** The time zone of the business. */
  zone(): Promise<Zone> {
    this.#zone ??= this.ask((client) => client.GET("/v1/orgs/{org}/settings", { params: { path: this.#path } }))
      .then((settings) => zone(settings.time_zone))
      .catch((error) => {
        this.#zone = undefined;
        throw error;
      });
    return this.#zone;
  }

  /** Asks again for what is asked for once: after a change of the settings. */
  forget(): void {
    this.#me = undefined;
    this.#zone = undefined;
  }

  /**
   * For `params.path` of a call about a record. Not every type of record has every log: the API says which, and
   * `never` fits each of them.
   */
  recordPath<Parts extends object>(key: RecordKey, more?: Parts): { org: string; type: never; id: string } & Parts {
    return { org: this.org, ...key, ...more } as { org: string; type: never; id: string } & Parts;
  }

  head(record: RecordKey, signal: AbortSignal): Promise<RecordHead> {
    const params = { path: this.recordPath(record) };
    return this.ask((client) => client.GET("/v1/orgs/{org}/records/{type}/{id}", { params, signal }));
  }

  blacklist(record: RecordKey, signal: AbortSignal): Promise<Schemas["BlacklistPage"]> {
    const params = { path: this.recordPath(record), query: { limit: 200 } };
    return this.ask((client) => client.GET("/v1/orgs/{org}/records/{type}/{id}/blacklist", { params, signal }));
  }

  get #path(): { org: string } {
    return { org: this.org };
  }
}

const known = new WeakMap<Token, Map<string, Daybook>>();

/** One `Daybook` for all elements with the same API, org and token callback. */
export function connect(api: string, org: string, token: Token): Daybook {
  const mine = known.get(token) ?? new Map<string, Daybook>();
  known.set(token, mine);
  const key = `${api} ${org}`;
  const made = mine.get(key) ?? new Daybook(api, org, token);
  mine.set(key, made);
  return made;
}

export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** An error for a person to see. What is not of the API is a defect of the page, and says so. */
export function shown(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError(0, "page_error", error instanceof Error ? error.message : String(error));
}

function unreachable(): ApiError {
  return navigator.onLine
    ? new ApiError(0, "unreachable", "The server could not be reached.")
    : new ApiError(0, "offline", "This device is offline.");
}

function refused(status: number, body: unknown): ApiError {
  if (isProblem(body)) return new ApiError(status, body.code, body.detail, body.errors);
  const message = body && typeof body === "object" && "message" in body ? String(body.message) : "";
  return new ApiError(status, `http_${status}`, message);
}

function isProblem(body: unknown): body is Schemas["Problem"] {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body;
}
