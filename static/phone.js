// @ts-check
/**
 * The script of the phone's page: it plays a phone with invented documents. The secret stands in the address's fragment
 * and leaves the browser in the Authorization header only. Nothing is claimed before the person's tap.
 *
 * This file puts the phone together of its parts, leads to them what is pressed, and holds the flow that goes on. What comes
 * before the tap is in phone_landing.js, what comes after it in phone_course.js, and how it ends in phone_ends.js.
 */

/**
 * The files of the parts. Each has its address, with a hash, in the page's attribute of that name.
 * @typedef {object} Files
 * @property {typeof import("./words.js")} wording
 * @property {typeof import("./phone_calls.js")} calls
 * @property {typeof import("./phone_memory.js")} memory
 * @property {typeof import("./phone_stage.js")} stage
 * @property {typeof import("./phone_pace.js")} pace
 * @property {typeof import("./phone_self.js")} byItself
 * @property {typeof import("./phone_session.js")} session
 * @property {typeof import("./phone_wishes.js")} wishes
 * @property {typeof import("./phone_outcomes.js")} outcomes
 * @property {typeof import("./phone_ends.js")} ends
 * @property {typeof import("./phone_course.js")} course
 * @property {typeof import("./phone_landing.js")} landing
 */
const FILES = ["wording", "calls", "memory", "stage", "pace", "byItself", "session", "wishes", "outcomes", "ends", "course", "landing"];

/**
 * The phone, which its parts share: each finds the others here. While it is being made it may use only the properties before
 * its own.
 * @typedef {object} Phone
 * @property {HTMLElement} root the element of the page
 * @property {(id: string) => HTMLElement} part an element that the page is sure to have
 * @property {(id: string) => DocumentFragment} copyOf what one of the page's templates holds
 * @property {boolean} framed whether it stands in a frame beside the page of its own server
 * @property {import("./words.js").Words} words
 * @property {Files["calls"]} calls
 * @property {import("./phone_calls.js").Identity} identity
 * @property {import("./phone_memory.js").Memory} memory kept over a reload of this tab
 * @property {() => void} remember keeps what has changed in the memory
 * @property {(work: (signal: AbortSignal) => Promise<void>) => Promise<void>} run starts a flow, which replaces the one that goes on; the promise is of its end, however that comes
 * @property {() => void} drop ends the flow that goes on
 * @property {() => AbortSignal} signal of the flow that goes on
 * @property {(on: boolean) => void} setBusy whether what there is to press does nothing
 * @property {() => boolean} isBusy
 * @property {ReturnType<Files["stage"]["makeStage"]>} stage
 * @property {ReturnType<Files["pace"]["makePace"]>} pace
 * @property {ReturnType<Files["byItself"]["makeSelf"]>} byItself
 * @property {ReturnType<Files["session"]["makeSession"]>} session
 * @property {ReturnType<Files["wishes"]["makeWishes"]>} wishes
 * @property {ReturnType<Files["outcomes"]["makeOutcomes"]>} outcomes
 * @property {ReturnType<Files["ends"]["makeEnds"]>} ends
 * @property {ReturnType<Files["course"]["makeCourse"]>} course
 * @property {ReturnType<Files["landing"]["makeLanding"]>} landing
 */

const page = document.getElementById("phone");
if (page) {
  Promise.all(FILES.map(async (name) => [name, await import(page.dataset[name] ?? "")])).then(
    (files) => play(page, Object.fromEntries(files)),
    () => unloaded(page),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Files} files
 */
function play(root, files) {
  const { calls } = files;
  const identity = new calls.Identity(location.hash.slice(1));
  /** The flow that may change the page. A new one replaces it, whatever the old one was waiting for. */
  let flow = new AbortController();
  let busy = false;

  const phone = /** @type {Phone} */ ({
    root, part, copyOf, calls, identity, run, setBusy,
    framed: isBeside(),
    words: files.wording.wordsOf(root),
    ...files.memory.makeMemory(identity.key),
    drop: () => flow.abort(),
    signal: () => flow.signal,
    isBusy: () => busy,
  });
  const question = /** @type {HTMLDialogElement} */ (part("phone-question"));
  const held = () => question.open || /** @type {HTMLDialogElement} */ (part("phone-not-me-question")).open || part("phone-drawer").hasAttribute("open");
  const choice = /** @type {HTMLSelectElement} */ (part("phone-pace"));
  const bySelf = /** @type {HTMLInputElement} */ (part("phone-self"));
  const fast = new URLSearchParams(location.search).has("fast");
  phone.stage = files.stage.makeStage(phone);
  phone.pace = files.pace.makePace({ choice, fast, sleep: calls.sleep, announce: phone.stage.announce });
  phone.byItself = files.byItself.makeSelf({ choice: bySelf, beside: phone.framed, held, stretch: phone.pace.stretch });
  phone.session = files.session.makeSession(phone);
  phone.wishes = files.wishes.makeWishes(phone);
  phone.outcomes = files.outcomes.makeOutcomes(phone);
  phone.ends = files.ends.makeEnds(phone);
  phone.course = files.course.makeCourse(phone);
  phone.landing = files.landing.makeLanding(phone);

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

/**
 * A part of this page's script did not come: nothing has begun, so the page is simply loaded again.
 * @param {HTMLElement} root
 */
function unloaded(root) {
  const ends = /** @type {HTMLTemplateElement} */ (document.getElementById("phone-ends")).content;
  const shown = /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (ends.querySelector("[data-outcome=error]")), true));
  root.dataset.state = "end";
  document.getElementById("phone-stage")?.replaceChildren(shown);
  shown.querySelector("[data-do=retry]")?.addEventListener("click", () => location.reload());
}

export {}; // it is a module, or no part could refer to its types
