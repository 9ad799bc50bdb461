/** Signing in: OpenID Connect's authorization code flow with PKCE. The token is in this module's memory only. */
import * as oauth from "oauth4webapi";
import { SignedOut } from "../api.ts";
import { href } from "../route.ts";

/** What `/console/config.json` says. */
export type Config = {
  api: string;
  issuer: string;
  client_id: string;
  authorization_endpoint: string;
  token_endpoint: string;
  end_session_endpoint: string | null;
  scope: string;
  token: "access_token" | "id_token";
  claims: { org: string; username: string; name: string };
};

type Pending = { state: string; nonce: string; verifier: string; wish: string; silent: boolean };
type Session = { token: string; idToken: string | undefined; expires: number; org: string };

const KEY = "daybook-sign-in";
/** Seconds before its end in which a token is renewed at the next step of the person. */
const ENDING = 60;
/** What an issuer answers to `prompt=none` when it has to ask the person (OpenID Connect Core, 3.1.2.6). */
const ASKS = ["login_required", "interaction_required", "consent_required", "account_selection_required"];
/**
 * Issuers that name an end_session_endpoint, and refuse the parameters of OpenID Connect RP-Initiated Logout there:
 * https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
 */
const COGNITO = /^cognito-idp\./;

/** Why a sign-in failed, in words for the person. */
export class SignInError extends Error {
  constructor(readonly kind: "forged" | "refused" | "unreachable" | "no-org", message: string) {
    super(message);
  }
}

export class Auth {
  #session: Session | undefined;

  constructor(readonly config: Config) {}

  /** The org of the token, also of one that has expired: the page stays. */
  get org(): string {
    if (!this.#session) throw new SignedOut();
    return this.#session.org;
  }

  get signedIn(): boolean {
    return this.#session !== undefined && this.#session.expires > Date.now();
  }

  /** Milliseconds until the token expires. */
  get left(): number {
    return this.#session ? this.#session.expires - Date.now() : 0;
  }

  /** Whether the token is to be renewed before anything else is begun. */
  get ending(): boolean {
    return this.left < ENDING * 1000;
  }

  /** For the API. */
  readonly token = (): string => this.#live().token;

  /** Leaves for the issuer. It comes back to `wish`, an address of this console. */
  async begin(wish: string, silent = true): Promise<never> {
    const pending: Pending = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      wish,
      silent,
    };
    sessionStorage.setItem(KEY, JSON.stringify(pending));
    const url = new URL(this.config.authorization_endpoint);
    const parameters = {
      client_id: this.config.client_id,
      redirect_uri: redirectUri(),
      response_type: "code",
      scope: this.config.scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: "S256",
      ...(silent ? { prompt: "none" } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    location.replace(url);
    return new Promise<never>(() => {});
  }

  /** Takes the code that the issuer sent along with the person; answers the address that was wished. */
  async finish(url: URL): Promise<string> {
    const pending = taken();
    if (!pending) throw new SignInError("forged", "This browser has not begun this sign-in.");
    let parameters: URLSearchParams;
    try {
      parameters = oauth.validateAuthResponse(this.#server, this.#client, url, pending.state);
    } catch (error) {
      if (error instanceof oauth.AuthorizationResponseError) {
        if (pending.silent && ASKS.includes(error.error)) return this.begin(pending.wish, false);
        throw new SignInError("refused", error.error_description ?? error.error);
      }
      if (error instanceof oauth.OperationProcessingError) throw new SignInError("forged", error.message);
      throw error;
    }
    this.#session = await this.#redeem(parameters, pending);
    return pending.wish;
  }

  /** Forgets the token, and has the issuer end its own session where it can. */
  end(): void {
    const idToken = this.#session?.idToken;
    this.#session = undefined;
    const start = new URL(href({ page: "start" }), location.href);
    location.replace(signOutUrl(this.config, start, idToken));
  }

  async #redeem(parameters: URLSearchParams, pending: Pending): Promise<Session> {
    try {
      const response = await oauth.authorizationCodeGrantRequest(
        this.#server,
        this.#client,
        oauth.None(),
        parameters,
        redirectUri(),
        pending.verifier,
        this.#insecure,
      );
      const result = await oauth.processAuthorizationCodeResponse(this.#server, this.#client, response, {
        expectedNonce: pending.nonce,
        requireIdToken: true,
      });
      return this.#sessionOf(result);
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError) {
        throw new SignInError("refused", error.error_description ?? error.error);
      }
      if (error instanceof oauth.OperationProcessingError) throw new SignInError("refused", error.message);
      if (error instanceof TypeError) throw new SignInError("unreachable", "The sign-in service does not answer.");
      throw error;
    }
  }

  #sessionOf(result: oauth.TokenEndpointResponse): Session {
    const token = this.config.token === "id_token" ? result.id_token : result.access_token;
    if (!token) throw new SignInError("refused", `The sign-in service gave no ${this.config.token}.`);
    const claims = claimsOf(token);
    const org = claims[this.config.claims.org];
    if (typeof org !== "string" && typeof org !== "number") {
      throw new SignInError("no-org", "Your account belongs to no business.");
    }
    const expires = typeof claims.exp === "number" ? claims.exp : Date.now() / 1000 + (result.expires_in ?? 3600);
    return { token, idToken: result.id_token, expires: expires * 1000, org: String(org) };
  }

  #live(): Session {
    if (!this.#session || !this.signedIn) throw new SignedOut();
    return this.#session;
  }

  get #server(): oauth.AuthorizationServer {
    return { issuer: this.config.issuer, token_endpoint: this.config.token_endpoint };
  }

  get #client(): oauth.Client {
    return { client_id: this.config.client_id };
  }

  /** The issuer of a local stack has no certificate. */
  get #insecure(): { [oauth.allowInsecureRequests]?: boolean } {
    const host = new URL(this.config.token_endpoint).hostname;
    return ["127.0.0.1", "localhost", "[::1]"].includes(host) ? { [oauth.allowInsecureRequests]: true } : {};
  }
}

/** Where a person goes to sign out: to the issuer, which sends them back to `start`, or there at once where it cannot. */
export function signOutUrl(config: Config, start: URL, idToken: string | undefined): URL {
  if (!config.end_session_endpoint) return start;
  const url = new URL(config.end_session_endpoint);
  url.searchParams.set("client_id", config.client_id);
  if (COGNITO.test(new URL(config.issuer).hostname)) {
    url.searchParams.set("logout_uri", start.href);
    return url;
  }
  url.searchParams.set("post_logout_redirect_uri", start.href);
  if (idToken) url.searchParams.set("id_token_hint", idToken);
  return url;
}

function redirectUri(): string {
  return new URL(href({ page: "callback" }), location.href).href;
}

/** What was kept for this sign-in; it is good for one answer. */
function taken(): Pending | null {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text ? JSON.parse(text) : null;
}

/** The claims, for the page only: the API checks the signature. */
export function claimsOf(token: string): Record<string, unknown> {
  const payload = token.split(".")[1];
  if (!payload) throw new SignInError("refused", "The sign-in service gave a token that is no JWT.");
  const bytes = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
