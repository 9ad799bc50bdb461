import { type Config, signOutUrl } from "../src/shell/auth.ts";
import { assertEquals } from "./assert.ts";

const START = new URL("https://api.example/console/");
const CONFIG: Config = {
  api: "/v1",
  issuer: "https://id.example/",
  client_id: "c-1",
  authorization_endpoint: "https://id.example/authorize",
  token_endpoint: "https://id.example/token",
  end_session_endpoint: "https://id.example/logout?tenant=7",
  scope: "openid profile",
  token: "access_token",
  claims: { org: "org", username: "username", name: "name" },
};

function parameters(config: Partial<Config>, idToken: string | undefined): Record<string, string> {
  return Object.fromEntries(signOutUrl({ ...CONFIG, ...config }, START, idToken).searchParams);
}

Deno.test("sign-out goes to the issuer, and says whose session is meant and where to go on", () => {
  assertEquals(parameters({}, "a.b.c"), {
    tenant: "7",
    client_id: "c-1",
    post_logout_redirect_uri: START.href,
    id_token_hint: "a.b.c",
  });
  assertEquals("id_token_hint" in parameters({}, undefined), false);
});

Deno.test("Cognito has its own name for where to go on", () => {
  const issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
  const end_session_endpoint = "https://school.auth.eu-west-1.amazoncognito.com/logout";
  assertEquals(parameters({ issuer, end_session_endpoint }, "a.b.c"), { client_id: "c-1", logout_uri: START.href });
});

Deno.test("where the issuer ends no sessions, sign-out goes to the start page", () => {
  assertEquals(signOutUrl({ ...CONFIG, end_session_endpoint: null }, START, "a.b.c").href, START.href);
});
