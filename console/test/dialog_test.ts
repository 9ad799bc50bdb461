import { assertEquals } from "./assert.ts";
import { Backdrop } from "../src/dialog-look.ts";

function pressed(from: "inside" | "backdrop", to: "inside" | "backdrop"): boolean {
  let closed = false;
  const dialog = { close: () => closed = true };
  const at = (place: string) =>
    ({ currentTarget: dialog, target: place === "backdrop" ? dialog : {} }) as unknown as Event;
  const backdrop = new Backdrop();
  backdrop.down(at(from));
  backdrop.click(at(to));
  return closed;
}

Deno.test("a press on the backdrop closes a dialog, one that began inside does not", () => {
  assertEquals(pressed("backdrop", "backdrop"), true);
  assertEquals(pressed("inside", "backdrop"), false);
  assertEquals(pressed("inside", "inside"), false);
});
