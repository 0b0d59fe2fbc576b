// @ts-check
/**
 * The phone: this puts it together of its parts, leads to them what is pressed, and holds the flow that goes on. What comes before
 * the person's tap is in phone_landing.js, what comes after it in phone_course.js, and how it ends in phone_ends.js.
 */

import { Identity } from "./phone_calls.js";
import { makeCourse } from "./phone_course.js";
import { makeEnds } from "./phone_ends.js";
import { makeLanding } from "./phone_landing.js";
import { makeMemory } from "./phone_memory.js";
import { makeOutcomes } from "./phone_outcomes.js";
import { makePace } from "./phone_pace.js";
import { makeSelf } from "./phone_self.js";
import { makeSession } from "./phone_session.js";
import { makeStage } from "./phone_stage.js";
import { makeWishes } from "./phone_wishes.js";
import { wordsOf } from "./words.js";

/**
 * The phone, which its parts share: each finds the others here. While it is being made it may use only the properties before
 * its own.
 * @typedef {object} Phone
 * @property {HTMLElement} root the element of the page
 * @property {(id: string) => HTMLElement} part an element that the page is sure to have
 * @property {(id: string) => DocumentFragment} copyOf what one of the page's templates holds
 * @property {boolean} framed whether it stands in a frame beside the page of its own server
 * @property {import("./words.js").Words} words
 * @property {import("./phone_calls.js").Identity} identity
 * @property {import("./phone_memory.js").Memory} memory kept over a reload of this tab
 * @property {() => void} remember keeps what has changed in the memory
 * @property {(work: (signal: AbortSignal) => Promise<void>) => Promise<void>} run starts a flow, which replaces the one that goes on; the promise is of its end, however that comes
 * @property {() => void} drop ends the flow that goes on
 * @property {() => AbortSignal} signal of the flow that goes on
 * @property {(on: boolean) => void} setBusy whether what there is to press does nothing
 * @property {() => boolean} isBusy
 * @property {ReturnType<typeof makeStage>} stage
 * @property {ReturnType<typeof makePace>} pace
 * @property {ReturnType<typeof makeSelf>} byItself
 * @property {ReturnType<typeof makeSession>} session
 * @property {ReturnType<typeof makeWishes>} wishes
 * @property {ReturnType<typeof makeOutcomes>} outcomes
 * @property {ReturnType<typeof makeEnds>} ends
 * @property {ReturnType<typeof makeCourse>} course
 * @property {ReturnType<typeof makeLanding>} landing
 */

/** @param {HTMLElement} root */
export function play(root) {
  const identity = new Identity(location.hash.slice(1));
  /** The flow that may change the page. A new one replaces it, whatever the old one was waiting for. */
  let flow = new AbortController();
  let busy = false;

  const phone = /** @type {Phone} */ ({
    root, part, copyOf, identity, run, setBusy,
    framed: isBeside(),
    words: wordsOf(root),
    ...makeMemory(identity.key),
    drop: () => flow.abort(),
    signal: () => flow.signal,
    isBusy: () => busy,
  });
  const question = /** @type {HTMLDialogElement} */ (part("phone-question"));
  const held = () => question.open || /** @type {HTMLDialogElement} */ (part("phone-not-me-question")).open || part("phone-drawer").hasAttribute("open");
  const choice = /** @type {HTMLSelectElement} */ (part("phone-pace"));
  const bySelf = /** @type {HTMLInputElement} */ (part("phone-self"));
  const fast = new URLSearchParams(location.search).has("fast");
  phone.stage = makeStage(phone);
  phone.pace = makePace({ choice, fast, announce: phone.stage.announce });
  phone.byItself = makeSelf({ choice: bySelf, beside: phone.framed, held, stretch: phone.pace.stretch });
  phone.session = makeSession(phone);
  phone.wishes = makeWishes(phone);
  phone.outcomes = makeOutcomes(phone);
  phone.ends = makeEnds(phone);
  phone.course = makeCourse(phone);
  phone.landing = makeLanding(phone);

  root.toggleAttribute("data-framed", phone.framed);
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (button instanceof HTMLElement) pressed(button.dataset.do ?? "", event);
  });
  part("phone-cancel").addEventListener("click", () => question.showModal());
  for (const link of root.querySelectorAll("a[hreflang]")) link.addEventListener("click", switchLanguage);
  window.addEventListener("hashchange", () => location.reload()); // another code in the same tab

  if (identity.ticket === "") {
    phone.ends.end({ outcome: "no-code", reason: "", detail: "" });
  } else if (phone.memory.end) {
    phone.ends.end(phone.memory.end);
  } else if (phone.memory.started) {
    phone.course.begin(); // a reload in the middle
  } else {
    phone.landing.arrive();
  }

  /**
   * @param {string} what
   * @param {Event} event
   */
  function pressed(what, event) {
    if (phone.landing.pressed(what)) return;
    switch (what) {
      case "retry":
        return phone.course.retry();
      case "stay":
        return question.close();
      case "cancel":
        question.close();
        return phone.course.cancel();
      case "decline":
        return phone.course.cancel();
      case "hurry": // but not by the second tap of two on what began the wait
        return event instanceof UIEvent && event.detail > 1 ? undefined : phone.pace.hurry();
      case "back":
        return window.parent.postMessage("baton-phone-back", location.origin);
    }
    phone.course.pressed(what);
  }

  /**
   * Runs work in a flow of its own, and shows how it fails if it does.
   * @param {(signal: AbortSignal) => Promise<void>} work
   * @returns {Promise<void>}
   */
  function run(work) {
    flow.abort();
    flow = new AbortController();
    const { signal } = flow;
    part("phone-waiting").hidden = true;
    setBusy(true);
    return work(signal)
      .catch((error) => {
        if (!signal.aborted) phone.ends.failed(error);
      })
      .finally(() => {
        if (signal === flow.signal) setBusy(false);
      });
  }

  /** @param {boolean} on */
  function setBusy(on) {
    busy = on;
    if (!on) phone.pace.rest();
    root.toggleAttribute("data-busy", on);
    phone.stage.lock(on);
  }
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * @param {string} id
 * @returns {DocumentFragment}
 */
function copyOf(id) {
  return document.importNode(/** @type {HTMLTemplateElement} */ (part(id)).content, true);
}

/** Whether the page around this one, if there is any, is of the same server. A browser says nothing of others. */
function isBeside() {
  try {
    return window.parent !== window && window.parent.location.origin === location.origin;
  } catch {
    return false;
  }
}

/**
 * Loads the page in another language. Its link has neither the code, which stands in the fragment and never leaves the
 * browser, nor the rest of the address.
 * @param {Event} event
 */
function switchLanguage(event) {
  event.preventDefault();
  const address = new URL(location.href);
  address.searchParams.set("language", /** @type {HTMLAnchorElement} */ (event.currentTarget).hreflang);
  location.replace(address);
}
