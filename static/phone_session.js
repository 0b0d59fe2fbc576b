// @ts-check
/** The session as this phone has it, and all that the phone says to the server about it. */

import { Caller, Refused } from "./phone_calls.js";

/** @typedef {import("./phone_play.js").Phone} Phone */

/** @param {Phone} phone */
export function makeSession({ root, part, identity }) {
  const caller = new Caller(part("phone-waiting"));
  /** What the claim brought. Without a token nothing has been claimed, or the sandbox is not to hear of it. */
  let session = { sessionId: "", token: "", data: "" };

  return { once, call, claim, screens, post, wish, handIn, cut };

  /**
   * A call to the session, tried once.
   * @param {string} action what follows the session's path
   * @param {unknown} body
   * @param {AbortSignal} signal
   */
  function once(action, body, signal) {
    return asPhone("once", "POST", action, body, signal);
  }

  /**
   * A call to the session, until it is answered.
   * @param {string} action
   * @param {unknown} body
   * @param {AbortSignal} signal
   */
  function call(action, body, signal) {
    return asPhone("call", "POST", action, body, signal);
  }

  /** @param {AbortSignal} signal */
  async function claim(signal) {
    session = await asPhone("call", "GET", "", undefined, signal);
  }

  /**
   * The screens that the session's data ask for, as the server draws them.
   * @param {string[]} steps that are expected, as far as that is known
   * @param {AbortSignal} signal
   * @returns {Promise<string>}
   */
  function screens(steps, signal) {
    const inWords = { "Accept-Language": document.documentElement.lang }; // these calls bring no cookie that would say so
    return caller.call("POST", root.dataset.screens ?? "", inWords, { data: session.data, steps }, signal);
  }

  /**
   * Reports what has happened.
   * @param {Record<string, string | undefined>} event
   * @param {AbortSignal} signal
   */
  function post(event, signal) {
    return call("/events", event, signal);
  }

  /**
   * What was chosen in the console for this enrolment, or nothing where nobody can have chosen.
   * @param {AbortSignal} signal
   * @returns {Promise<{ outcome: string, at?: string } | undefined>}
   */
  async function wish(signal) {
    if (session.token === "") return undefined;
    try {
      return await caller.call("GET", enrolmentPath(), bearer(), undefined, signal);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { outcome: "" };
    }
  }

  /**
   * Gives the sandbox what a result is made from. A session without a token ends without a result.
   * @param {{ data: string, documents: string[], steps: string[], outcome: string }} made
   * @param {AbortSignal} signal
   */
  async function handIn(made, signal) {
    if (session.token === "") return;
    await caller.call("POST", enrolmentPath(), bearer(), made, signal);
  }

  /**
   * Takes the network away from this phone, from its next call on.
   * @param {number} milliseconds
   */
  function cut(milliseconds) {
    caller.cut(milliseconds);
  }

  function enrolmentPath() {
    return `${root.dataset.sandbox}${encodeURIComponent(session.sessionId)}`;
  }

  function bearer() {
    return { Authorization: `Bearer ${session.token}` };
  }

  /**
   * Makes a call to the session as this phone.
   * @param {"call" | "once"} how
   * @param {string} method
   * @param {string} action
   * @param {unknown} body
   * @param {AbortSignal} signal
   */
  async function asPhone(how, method, action, body, signal) {
    const answer = await caller[how](method, `/api/v1/session${action}`, identity.headers, body, signal);
    identity.bound();
    return answer;
  }
}
