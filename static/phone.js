// @ts-check
/**
 * The script of the phone's page: it plays a phone with invented documents. The secret stands in the address's fragment
 * and leaves the browser in the Authorization header only. Nothing is claimed before the person's tap; what comes before
 * it is in phone_landing.js, the calls are in phone_calls.js, and how long it takes is in phone_pace.js.
 *
 * What follows an action is not decided here: the screens come from the server with the decisions in their data
 * attributes, so that this phone and the one of the terminal keep the same rules.
 */

/** How long a phone that loses its network is without one, in milliseconds. */
const CUT = 6_000;
const SHORT_CUT = 1_200;
/** How long a screen is there before the person stops on it, in milliseconds. */
const SEEN = 1_200;
/** @typedef {{ outcome: string, at: string, level: string }} Wishes */
/** @typedef {{ specimen?: string, chipRead?: boolean, faceLevel?: number, attempts?: number }} Capture what the phone has of a document */
/** @typedef {{ outcome: string, reason: string, detail: string }} End */
/** @typedef {{ action: string, reason: string }} Decision */
/** @typedef {{ started: boolean, index: number, captures: Record<string, Capture>, done: string[], wishes: Wishes | null, numbered: boolean, cut: boolean, end: End | null }} Memory */

/** How it ends where the server refuses, by the code of its answer. @type {Record<string, string>} */
const OUTCOMES = { SESSION_ENDED: "ended", SESSION_ALREADY_CLAIMED: "taken", CODE_STALE: "stale", RESULT_EXISTS: "ended" };
/** Ends that may be other ones when the page is loaded again. */
const PASSING = ["no-code", "taken", "stale", "error"];

const page = document.getElementById("phone");
if (page) {
  const { calls, landing, pace, wording, byItself } = page.dataset;
  Promise.all([calls, landing, pace, wording, byItself].map((path) => import(path ?? ""))).then(
    (modules) => play(page, modules),
    () => unloaded(page),
  );
}

/**
 * @param {HTMLElement} root
 * @param {any[]} modules phone_calls.js, phone_landing.js, phone_pace.js, words.js and phone_self.js
 */
function play(root, [{ Caller, Identity, Refused, sleep }, { makeLanding }, { makePace }, { wordsOf }, { makeSelf }]) {
  const words = wordsOf(root);
  const identity = new Identity(location.hash.slice(1));
  const fast = new URLSearchParams(location.search).has("fast");
  const storageKey = `baton-phone-${identity.key}`;
  const memory = recall(storageKey);

  const stage = part("phone-stage");
  const live = part("phone-live");
  const waiting = part("phone-waiting");
  const caller = new Caller(waiting);
  const cancelButton = part("phone-cancel");
  const drawer = part("phone-drawer");
  const wishesForm = /** @type {HTMLFormElement} */ (part("phone-wishes"));
  const outcomeField = /** @type {HTMLSelectElement} */ (part("phone-outcome"));
  const question = /** @type {HTMLDialogElement} */ (part("phone-question"));
  const choice = /** @type {HTMLSelectElement} */ (part("phone-pace"));
  const pace = makePace({ choice, fast, sleep, announce });
  /** The phone stands in a frame beside the page of its own server. */
  const framed = isBeside();
  const held = () => question.open || /** @type {HTMLDialogElement} */ (part("phone-not-me-question")).open || drawer.hasAttribute("open");
  const byItself = makeSelf({ choice: part("phone-self"), beside: framed, held, stretch: pace.stretch });

  let session = { sessionId: "", token: "", data: "" };
  /** @type {HTMLElement[]} */
  let screens = [];
  /** What the result is made from. */
  let enrolment = "";
  /** The services that the session expects, as far as the server has said. @type {string[]} */
  let expected = [];
  /** The flow that may change the page. A new one replaces it, whatever the old one was waiting for. */
  let flow = new AbortController();
  let busy = false;
  /** @type {number | undefined} */
  let skipTimer;

  const landing = makeLanding({
    part,
    words,
    once: (/** @type {string} */ action, /** @type {unknown} */ body, /** @type {AbortSignal} */ signal) => asPhone("once", "POST", action, body, signal),
    call: (/** @type {string} */ action, /** @type {unknown} */ body, /** @type {AbortSignal} */ signal) => asPhone("call", "POST", action, body, signal),
    claim,
    run,
    flow: () => flow.signal,
    isBusy: () => busy,
    working,
    expect,
    mount,
    say,
    end,
    failed,
    memory,
    remember,
  });

  restoreWishes();
  showWishes();
  root.toggleAttribute("data-framed", framed);
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (button instanceof HTMLElement) pressed(button.dataset.do ?? "", event);
  });
  stage.addEventListener("change", () => chooseSpecimen());
  wishesForm.addEventListener("change", () => {
    keepWishes();
    const screen = screens[memory.index];
    if (screen?.isConnected && screen.dataset.kind === "read" && !busy) showScreen(memory.index);
    if (screen?.isConnected && screen.dataset.kind === "scan" && !busy) holdSpecimen(screen);
  });
  wishesForm.addEventListener("submit", (event) => event.preventDefault());
  cancelButton.addEventListener("click", () => question.showModal());
  for (const link of root.querySelectorAll("a[hreflang]")) link.addEventListener("click", switchLanguage);
  window.addEventListener("hashchange", () => location.reload()); // another code in the same tab

  if (identity.ticket === "") {
    end({ outcome: "no-code", reason: "", detail: "" });
  } else if (memory.end) {
    end(memory.end);
  } else if (memory.started) {
    begin(); // a reload in the middle
  } else {
    landing.arrive();
  }

  /**
   * @param {string} what
   * @param {Event} event
   */
  function pressed(what, event) {
    if (landing.pressed(what)) return;
    switch (what) {
      case "retry":
        if (screens.length > 0) return showScreen(memory.index);
        return memory.started ? begin() : location.reload(); // a start is the person's own word, and not repeated
      case "stay":
        return question.close();
      case "cancel":
        question.close();
        return cancel();
      case "decline":
        return cancel();
      case "hurry": // but not by the second tap of two on what began the wait
        return event instanceof UIEvent && event.detail > 1 ? undefined : pace.hurry();
      case "back":
        return window.parent.postMessage("baton-phone-back", location.origin);
    }
    const screen = screens[memory.index];
    if (busy || !screen?.isConnected) return;
    if (what === "again") return showScreen(Number(screen.dataset.again));
    if (what === "skip") return perform(screen, (signal) => skip(screen, "READ_SKIPPED", signal));
    if (what === "next") return perform(screen, (signal) => act(screen, signal));
  }

  // The course of an enrolment

  function begin() {
    run(async (signal) => {
      working();
      await claim(signal);
    });
  }

  /**
   * Claims the session and shows the first of its screens, or the one that was left.
   * @param {AbortSignal} signal
   */
  async function claim(signal) {
    session = await asPhone("call", "GET", "", undefined, signal);
    memory.started = true;
    keepWishes(); // also what was chosen before this script ran
    const inWords = { "Accept-Language": document.documentElement.lang }; // these calls bring no cookie that would say so
    const answer = await caller.call("POST", root.dataset.screens ?? "", inWords, { data: session.data, steps: expected }, signal);
    const plan = new DOMParser().parseFromString(answer, "text/html").querySelector("[data-plan]");
    if (!(plan instanceof HTMLElement)) throw new Error("the screens have no plan");
    if (plan.dataset.problem) {
      await post({ status: "failed", reason: "INVALID_CONFIG", key: "phone:end" }, signal);
      return end({ outcome: "failed", reason: "INVALID_CONFIG", detail: plan.dataset.problem });
    }
    enrolment = plan.dataset.enrolment ?? "";
    expect((plan.dataset.steps ?? "").split(" "));
    await takeWish(signal);
    screens = Array.from(plan.children, (child) => /** @type {HTMLElement} */ (document.importNode(child, true)));
    cancelButton.hidden = false;
    showScreen(Math.min(memory.index, screens.length - 1));
  }

  /** @param {number} index */
  function showScreen(index) {
    const screen = screens[index];
    window.clearTimeout(skipTimer);
    memory.index = index;
    remember();
    if (screen.dataset.silent === undefined) {
      mount(screen, "screen");
      say(screen, "");
    }
    if (happens(index)) return;
    byItself.wait(screen, () => perform(screen, (signal) => act(screen, signal)));
    switch (screen.dataset.kind) {
      case "scan":
        return holdSpecimen(screen);
      case "review":
        return holdSpecimen(screen);
      case "read":
        return open(screen);
      case "background":
      case "finish":
        return perform(screen, (signal) => act(screen, signal));
    }
  }

  // What it comes to

  /**
   * Offers only what an enrolment with these services can come to.
   * @param {string[]} steps none: nobody knows
   */
  function expect(steps) {
    expected = steps;
    if (steps.length === 0) return;
    for (const option of outcomeField.options) {
      option.disabled = option.dataset.needs !== undefined && !steps.includes(option.dataset.needs);
      if (option.disabled && option.selected) outcomeField.value = "success";
    }
    const at = /** @type {HTMLSelectElement} */ (part("phone-at"));
    for (const option of at.options) option.hidden = option.disabled = option.value !== "" && !steps.includes(option.value);
    if (at.selectedOptions[0]?.disabled) at.value = "";
    keepWishes();
  }

  /**
   * Takes up what was chosen in the console, where nothing was chosen here.
   * @param {AbortSignal} signal
   */
  async function takeWish(signal) {
    if (outcomeField.value !== "" || session.token === "") return;
    let taken = { outcome: "", at: "" };
    try {
      taken = await caller.call("GET", enrolmentPath(), { Authorization: `Bearer ${session.token}` }, undefined, signal);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    const option = Array.from(outcomeField.options).find((one) => one.value === taken.outcome && !one.disabled);
    outcomeField.value = option && taken.outcome !== "" ? option.value : "success";
    /** @type {HTMLSelectElement} */ (part("phone-at")).value = taken.at ?? "";
    keepWishes();
  }

  function keepWishes() {
    memory.wishes = wishes();
    remember();
    showWishes();
  }

  function showWishes() {
    const option = outcomeField.selectedOptions[0];
    part("phone-at-field").hidden = option?.dataset.timed === undefined;
    const leads = part("phone-leads");
    leads.textContent = option?.dataset.leads ?? "";
    leads.hidden = leads.textContent === "";
  }

  /**
   * Lets happen what was chosen to happen at this screen. Returns whether that is the end.
   * @param {number} index
   */
  function happens(index) {
    const { outcome, at } = wishes();
    const service = screens.slice(index).find((screen) => screen.dataset.step)?.dataset.step;
    if (at === "" ? index > 0 : at !== service) return false;
    switch (outcome) {
      case "user_cancels":
        run((signal) => pace.pause(SEEN, signal).then(() => stop("cancelled", "USER_CANCEL", signal)));
        return true;
      case "session_expires":
        run((signal) => pace.pause(SEEN, signal).then(() => stop("failed", "SESSION_EXPIRED", signal)));
        return true;
      case "network_cut":
        if (!memory.cut) caller.cut(pace.isInstant() ? SHORT_CUT : CUT);
        memory.cut = true;
        remember();
    }
    return false;
  }

  /**
   * A chip screen: what this phone makes of it at all, and when it offers to leave it out.
   * @param {HTMLElement} screen
   */
  function open(screen) {
    if (wishes().outcome === "nfc_unavailable") {
      const decision = decided(screen.dataset.noChip);
      return perform(screen, async (signal) => {
        await pace.work(screen, "no-chip", signal);
        await follow(screen, decision, signal);
      });
    }
    const button = screen.querySelector("[data-do=skip]");
    if (!(button instanceof HTMLElement)) return;
    button.hidden = true;
    skipTimer = window.setTimeout(() => {
      button.hidden = false;
      announce(words.say("ChipSkipOffered"));
    }, pace.isInstant() ? 0 : Number(screen.dataset.skipAfter));
  }

  /**
   * What the person does on a screen.
   * @param {HTMLElement} screen
   * @param {AbortSignal} signal
   */
  async function act(screen, signal) {
    const capture = captureOf(screen);
    /** @type {Decision} */
    let decision = { action: "continue", reason: "" };
    if (screen.dataset.silent === undefined) await pace.work(screen, "act", signal);
    switch (screen.dataset.kind) {
      case "scan": {
        if (wishes().outcome === "unreadable_document") {
          decision = { action: "fail", reason: "SCAN_DOCUMENT_NOT_RECOGNIZED" };
          break;
        }
        const held = holdSpecimen(screen);
        decision = decided(held?.dataset.decision);
        break;
      }
      case "read":
        capture.chipRead = true;
        break;
      case "face":
        decision = compare(screen, capture);
        break;
      case "finish":
        await handIn(outcomeField.selectedOptions[0]?.closest("optgroup")?.dataset.by === "provider" ? wishes().outcome : "success", signal);
        break;
    }
    if (decision.action === "continue") await pace.worked(screen, signal);
    await follow(screen, decision, signal);
  }

  /**
   * The next attempt at the face.
   * @param {HTMLElement} screen
   * @param {Capture} capture
   * @returns {Decision}
   */
  function compare(screen, capture) {
    const { outcome, level } = wishes();
    /** @type {string[][]} */
    const table = JSON.parse((capture.chipRead ? screen.dataset.chipRead : screen.dataset.scanned) ?? "[]");
    const attempt = Math.min(capture.attempts ?? 0, table.length - 1);
    capture.attempts = attempt + 1;
    capture.faceLevel = outcome === "too_many_attempts" ? 0 : Number(level);
    remember();
    const decision = decided(table[attempt]?.[capture.faceLevel]);
    if (decision.action === "retry") {
      say(screen, words.say("FaceTries", { n: table.length - attempt - 1 }));
    }
    return decision;
  }

  /**
   * @param {HTMLElement} screen
   * @param {Decision} decision
   * @param {AbortSignal} signal
   */
  async function follow(screen, decision, signal) {
    switch (decision.action) {
      case "retry":
        return;
      case "skip":
        return skip(screen, decision.reason, signal);
      case "fail":
        return stop("failed", decision.reason, signal);
    }
    if (screen.dataset.step) {
      await post({ service: screen.dataset.step, key: keyOf(screen) }, signal);
      memory.done.push(screen.dataset.step);
    }
    next();
  }

  /**
   * @param {HTMLElement} screen
   * @param {string} reason
   * @param {AbortSignal} signal
   */
  async function skip(screen, reason, signal) {
    await post({ skipped: screen.dataset.step, reason, key: keyOf(screen) }, signal);
    next();
  }

  function next() {
    if (memory.index + 1 < screens.length) return showScreen(memory.index + 1);
    end({ outcome: "completed", reason: "", detail: "" });
  }

  function cancel() {
    run((signal) => stop("cancelled", "USER_CANCEL", signal));
  }

  /**
   * Ends the session otherwise than by completing it. What was done is handed in before, where that is asked for, so
   * that it is there when the backend hears of the end.
   * @param {"failed" | "cancelled"} status
   * @param {string} reason
   * @param {AbortSignal} signal
   */
  async function stop(status, reason, signal) {
    setBusy(true);
    if (screens[memory.index]?.dataset.handsIn !== undefined) await handIn("incomplete", signal);
    await post({ status, reason, key: "phone:end" }, signal);
    end({ outcome: status, reason, detail: "" });
  }

  // Calls

  /**
   * @param {Record<string, string | undefined>} event
   * @param {AbortSignal} signal
   */
  function post(event, signal) {
    return asPhone("call", "POST", "/events", event, signal);
  }

  /**
   * Makes a call to the session as this phone.
   * @param {"call" | "once"} how
   * @param {string} method
   * @param {string} action what follows the session's path
   * @param {unknown} body
   * @param {AbortSignal} signal
   */
  async function asPhone(how, method, action, body, signal) {
    const answer = await caller[how](method, `/api/v1/session${action}`, identity.headers, body, signal);
    identity.bound();
    return answer;
  }

  /**
   * Gives the sandbox what a result is made from. A session without a token ends without a result.
   * @param {string} outcome
   * @param {AbortSignal} signal
   */
  async function handIn(outcome, signal) {
    if (session.token === "") return;
    const documents = Array.from({ length: documentCount() }, (_, i) => memory.captures[i]?.specimen ?? "");
    const body = { data: enrolment, documents, steps: memory.done, outcome };
    await caller.call("POST", enrolmentPath(), { Authorization: `Bearer ${session.token}` }, body, signal);
  }

  function enrolmentPath() {
    return `${root.dataset.sandbox}${encodeURIComponent(session.sessionId)}`;
  }

  function documentCount() {
    return screens.reduce((count, screen) => Math.max(count, Number(screen.dataset.document) + 1), 0);
  }

  // Flows

  /**
   * Runs work in a flow of its own that replaces the current one, and shows how it fails if it does.
   * @param {(signal: AbortSignal) => Promise<void>} work
   * @returns {Promise<void>} of the flow's end, however it comes
   */
  function run(work) {
    flow.abort();
    flow = new AbortController();
    const { signal } = flow;
    waiting.hidden = true;
    setBusy(true);
    return work(signal)
      .catch((error) => {
        if (!signal.aborted) failed(error);
      })
      .finally(() => {
        if (signal === flow.signal) setBusy(false);
      });
  }

  /**
   * Runs what happens on a screen; its buttons do nothing meanwhile.
   * @param {HTMLElement} screen
   * @param {(signal: AbortSignal) => Promise<void>} work
   */
  function perform(screen, work) {
    byItself.stop();
    window.clearTimeout(skipTimer);
    say(screen, "");
    run(work);
  }

  /** @param {any} error */
  function failed(error) {
    const unknown = error instanceof Refused && (error.status === 404 || (error.status === 401 && screens.length === 0));
    if (unknown) return end({ outcome: "expired", reason: "", detail: "" });
    const known = error instanceof Refused && OUTCOMES[error.code];
    if (known) return end({ outcome: known, reason: "", detail: "" });
    if (!(error instanceof Refused)) console.error(error);
    let detail = "";
    if (error instanceof Refused) detail = error.requestId !== "" ? `${error.message} (request ${error.requestId})` : error.message;
    end({ outcome: "error", reason: "", detail });
  }

  /** @param {boolean} on */
  function setBusy(on) {
    busy = on;
    if (!on) pace.rest();
    root.toggleAttribute("data-busy", on);
    for (const button of stage.querySelectorAll("[data-do=next], [data-do=again], [data-do=skip], [type=submit]")) {
      if (on) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    for (const choice of stage.querySelectorAll("input")) choice.disabled = on;
  }

  // What is shown

  function working() {
    mount(copyOf("phone-working").firstElementChild, "working");
  }

  /** @param {End} how */
  function end(how) {
    flow.abort();
    window.clearTimeout(skipTimer);
    if (question.open) question.close();
    waiting.hidden = true;
    if (how.outcome !== "error") {
      memory.end = PASSING.includes(how.outcome) ? null : how;
      remember();
      drawer.hidden = true;
      cancelButton.hidden = true;
    }
    const ends = copyOf("phone-ends");
    const all = Array.from(ends.querySelectorAll("[data-outcome]"), (one) => /** @type {HTMLElement} */ (one));
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
    mount(shown, "end");
    setBusy(false);
  }

  /**
   * Puts a screen in place of the one that is there, and takes the focus and the screen reader along.
   * @param {Element | null} element
   * @param {string} state
   */
  function mount(element, state) {
    if (!element) return;
    byItself.stop();
    root.dataset.state = state;
    pace.rest();
    stage.replaceChildren(element);
    setBusy(busy);
    const heading = element.querySelector("h1");
    if (!heading) return;
    document.title = document.title.replace(/^.*(?= · )/, heading.textContent ?? "");
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }

  /**
   * Says on the screen why it stays; nothing when text is empty.
   * @param {HTMLElement} screen
   * @param {string} text
   */
  function say(screen, text) {
    const place = screen.querySelector("[data-said]");
    if (!(place instanceof HTMLElement)) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  /** @param {string} text */
  function announce(text) {
    live.textContent = text;
  }

  /**
   * Shows the specimen that is before the camera, and returns its picture.
   * @param {HTMLElement} screen
   * @returns {HTMLElement | undefined}
   */
  function holdSpecimen(screen) {
    const all = Array.from(screen.querySelectorAll("[data-specimen]"), (one) => /** @type {HTMLElement} */ (one));
    const capture = captureOf(screen);
    let held = all.find((one) => one.dataset.specimen === capture.specimen) ?? all[0];
    if (wishes().outcome === "expired_document") held = all.find((one) => one.dataset.expired !== undefined) ?? held;
    for (const one of all) one.hidden = one !== held;
    if (!held) return undefined;
    capture.specimen = held.dataset.specimen;
    remember();
    for (const choice of screen.querySelectorAll("input")) choice.checked = choice.value === capture.specimen;
    return held;
  }

  function chooseSpecimen() {
    const screen = screens[memory.index];
    const chosen = screen?.querySelector("input:checked");
    if (!(chosen instanceof HTMLInputElement) || !screen.isConnected) return;
    captureOf(screen).specimen = chosen.value;
    holdSpecimen(screen);
  }

  // What is remembered

  /**
   * @param {HTMLElement} screen
   * @returns {Capture}
   */
  function captureOf(screen) {
    const document = screen.dataset.document ?? "";
    return (memory.captures[document] ??= {});
  }

  /** @returns {Wishes} */
  function wishes() {
    const form = new FormData(wishesForm);
    const text = (/** @type {string} */ name) => String(form.get(name) ?? "");
    return { outcome: text("outcome"), at: text("at"), level: text("level") };
  }

  function restoreWishes() {
    if (!memory.wishes) return;
    for (const field of wishesForm.elements) {
      if (field instanceof HTMLSelectElement) field.value = memory.wishes[/** @type {keyof Wishes} */ (field.name)];
    }
  }

  /** Keeps where the person is over a reload of this tab. */
  function remember() {
    try {
      sessionStorage.setItem(storageKey, JSON.stringify(memory));
    } catch {
      // Storage is full or switched off: a reload then begins again, and the keys of the events make that harmless.
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
 * A screen's place in the plan and its step are the key of what is reported of it, so that a repeated report counts once.
 * @param {HTMLElement} screen
 */
function keyOf(screen) {
  return `phone:${screen.dataset.index}:${screen.dataset.step}`;
}

/**
 * @param {string | undefined} text "fail SCAN_DOCUMENT_EXPIRED", as the server writes it
 * @returns {Decision}
 */
function decided(text) {
  const [action = "continue", reason = ""] = (text ?? "").split(" ");
  return { action, reason };
}

/**
 * @param {string} key
 * @returns {Memory}
 */
function recall(key) {
  /** @type {Memory} */
  const fresh = { started: false, index: 0, captures: {}, done: [], wishes: null, numbered: false, cut: false, end: null };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(key) ?? "{}") };
  } catch {
    return fresh;
  }
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
