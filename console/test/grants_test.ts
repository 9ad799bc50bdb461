import { assertEquals } from "./assert.ts";
import {
  applied,
  difference,
  edited,
  granted,
  keyOf,
  rows,
  withEdited,
  withGrant,
} from "../src/pages/access/grants.ts";
import { change } from "../src/pages/access/words.ts";

const GRANTS = {
  groups: { office: ["audit_log" as const, "family_email_log" as const], Coaches: ["activity_log" as const] },
  staff: { Jane: ["holds" as const] },
};

Deno.test("groups come before staff, each by name, with permissions in the order of the columns", () => {
  assertEquals(rows(GRANTS).map(({ kind, name }) => `${kind} ${name}`), [
    "group Coaches",
    "group office",
    "staff Jane",
  ]);
  assertEquals(rows(GRANTS)[1]?.permissions, ["family_email_log", "audit_log"]);
});

Deno.test("a username is the same in any letter case, a group is not", () => {
  assertEquals(granted(GRANTS, { kind: "staff", name: "JANE" }), ["holds"]);
  assertEquals(granted(GRANTS, { kind: "group", name: "coaches" }), []);
});

Deno.test("what is saved takes the place of what was, and nothing granted is no row", () => {
  const more = withGrant(GRANTS, { kind: "staff", name: "jane" }, ["access", "sms_log"]);
  assertEquals(more.staff, { jane: ["sms_log", "access"] });
  assertEquals(more.groups, GRANTS.groups);
  assertEquals(withGrant(GRANTS, { kind: "group", name: "office" }, []).groups, { Coaches: ["activity_log"] });
});

Deno.test("a choice is told as what it adds and takes away", () => {
  const { added, removed } = difference(["sms_log", "holds"], ["sms_log", "erase"]);
  assertEquals([added, removed], [["erase"], ["holds"]]);
  const desk = { kind: "group" as const, name: "Front desk" };
  assertEquals(change(desk, ["family_email_log"], []), "Front desk will see: Family Email Log.");
  assertEquals(change(desk, ["sms_log"], ["holds"]), "Front desk will see: SMS Logs. No longer: Holds.");
  assertEquals(change(desk, [], ["holds"]), "Front desk will see nothing any more.");
});

Deno.test("who is edited stands in the address", () => {
  assertEquals(edited(new URLSearchParams("group=Front%20desk")), { kind: "group", name: "Front desk" });
  assertEquals(edited(new URLSearchParams("staff=DOMAIN%5Cjane")), { kind: "staff", name: "DOMAIN\\jane" });
  assertEquals(edited(new URLSearchParams("staff=%20")), null);
});

Deno.test("a name that every object has is that of a group without grants", () => {
  assertEquals(granted(GRANTS, { kind: "group", name: "constructor" }), []);
  assertEquals(granted(GRANTS, { kind: "group", name: "__proto__" }), []);
  assertEquals(granted(GRANTS, { kind: "staff", name: "constructor" }), []);
});

Deno.test("a choice leaves alone what somebody else has changed meanwhile", () => {
  const choice = difference(["sms_log", "holds"], ["sms_log", "erase"]);
  assertEquals(applied(["audit_log", "holds"], choice), ["audit_log", "erase"]);
});

Deno.test("who is edited is one row, with a grant and without", () => {
  const groups = rows(GRANTS).filter(({ kind }) => kind === "group");
  const keys = (name: string) => withEdited(groups, "group", { kind: "group", name }).map(keyOf);
  assertEquals(keys("Front desk"), ["group Front desk", "group Coaches", "group office"]);
  assertEquals(keys("office"), ["group Coaches", "group office"]);
  assertEquals(withEdited(groups, "group", { kind: "staff", name: "jane" }), groups);
  assertEquals(keyOf({ kind: "staff", name: "JANE" }), keyOf({ kind: "staff", name: "jane" }));
});
