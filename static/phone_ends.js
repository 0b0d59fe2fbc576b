// @ts-check
/** How it ends on the phone: the last screen, and what a call that was refused comes to. */

import { Refused } from "./phone_calls.js";

/** @typedef {import("./phone_play.js").Phone} Phone */
/** @typedef {import("./phone_memory.js").End} End */

/** How it ends where the server refuses, by the code of its answer. @type {Record<string, string>} */
const OUTCOMES = { SESSION_ENDED: "ended", SESSION_ALREADY_CLAIMED: "taken", CODE_STALE: "stale", RESULT_EXISTS: "ended" };
/** Ends that may be other ones when the page is loaded again. */
const PASSING = ["no-code", "taken", "stale", "error"];

/** @param {Phone} phone */
export function makeEnds(phone) {
  const { part, copyOf, framed, memory, remember } = phone;
  const question = /** @type {HTMLDialogElement} */ (part("phone-question"));

  return { end, failed };

  /** @param {End} how */
  function end(how) {
    phone.drop();
    phone.course.leave();
    if (question.open) question.close();
    part("phone-waiting").hidden = true;
    if (how.outcome !== "error") {
      memory.end = PASSING.includes(how.outcome) ? null : how;
      remember();
      part("phone-drawer").hidden = true;
      part("phone-cancel").hidden = true;
    }
    phone.stage.mount(screenOf(how), "end");
    phone.setBusy(false);
  }

  /** @param {End} how */
  function screenOf(how) {
    const all = Array.from(copyOf("phone-ends").querySelectorAll("[data-outcome]"), (one) => /** @type {HTMLElement} */ (one));
    const fitting = all.filter((one) => one.dataset.outcome === how.outcome);
    const shown = fitting.find((one) => one.dataset.reason === how.reason) ?? fitting.find((one) => one.dataset.reason === "") ?? fitting[0];
    shown.dataset.reason = how.reason;
    const detail = shown.querySelector(".phone-detail");
    if (detail instanceof HTMLElement && how.detail !== "") {
      detail.textContent = how.detail;
      detail.hidden = false;
    }
    for (const way of shown.querySelectorAll("[data-do=back]")) /** @type {HTMLElement} */ (way).hidden = !framed;
    for (const way of shown.querySelectorAll("[data-alone]")) /** @type {HTMLElement} */ (way).hidden = framed;
    return shown;
  }

  /** @param {any} error */
  function failed(error) {
    const unknown = error instanceof Refused && (error.status === 404 || (error.status === 401 && !phone.course.hasBegun()));
    if (unknown) return end({ outcome: "expired", reason: "", detail: "" });
    const known = error instanceof Refused && OUTCOMES[error.code];
    if (known) return end({ outcome: known, reason: "", detail: "" });
    if (!(error instanceof Refused)) console.error(error);
    let detail = "";
    if (error instanceof Refused) detail = error.requestId !== "" ? `${error.message} (request ${error.requestId})` : error.message;
    end({ outcome: "error", reason: "", detail });
  }
}
