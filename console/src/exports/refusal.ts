/** What is said where the API refuses something of an export. */
import type { TemplateResult } from "lit";
import { ApiError } from "../api.ts";
import { problem } from "../table/problem.ts";
import type { Words } from "../words/elements.ts";
import { missingPermission } from "../words/exports.ts";

/** Like `problem`; a missing permission is in the words of the page Access. */
export function refusal(error: ApiError, words: Words, what: string): TemplateResult {
  return problem(inWords(error), words, what);
}

export function inWords(error: ApiError): ApiError {
  const text = error.failure === "denied" ? missingPermission(error.message) : null;
  return text ? new ApiError(error.status, error.code, text) : error;
}
