/** What the tests need, without a library. */
export { deepStrictEqual as assertEquals, throws as assertThrows } from "node:assert";
