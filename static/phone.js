// @ts-check
/**
 * The script of the phone's page: it plays a phone with invented documents. The secret stands in the address's fragment
 * and leaves the browser in the Authorization header only. Nothing is claimed before "Start"; the page with the code is
 * told that the link has been opened.
 *
 * What follows an action is not decided here: the screens come from the server with the decisions in their data
 * attributes, so that this phone and the one of the terminal keep the same rules.
 */

/** What a person would need for one action, in milliseconds. */
const SHORT = 600;
const LONG = 1_200;
/** Waiting before a call is tried again, in milliseconds: at first, and at most. */
const FIRST_WAIT = 500;
const LAST_WAIT = 10_000;
/** A call that takes longer is given up and tried again. Milliseconds. */
const CALL_TIMEOUT = 15_000;

/** @typedef {{ outcome: string, fail: string, level: string, noNFC: boolean }} Wishes */
/** @typedef {{ specimen?: string, chipRead?: boolean, faceLevel?: number, attempts?: number }} Capture what the phone has of a document */
/** @typedef {{ outcome: string, reason: string, detail: string }} End */
/** @typedef {{ action: string, reason: string }} Decision */
/** @typedef {{ started: boolean, index: number, captures: Record<string, Capture>, done: string[], wishes: Wishes | null, end: End | null }} Memory */

/** A call that trying again would not change. */
class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {string} requestId
   */
  constructor(status, code, message, requestId) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** Thrown through a flow that another one has replaced. */
class Replaced extends Error {}

const page = document.getElementById("phone");
if (page) play(page);

/** @param {HTMLElement} root */
function play(root) {
  const ticket = location.hash.slice(1);
  const fast = new URLSearchParams(location.search).has("fast");
  const storageKey = `baton-phone-${fingerprint(ticket)}`;
  const memory = recall(storageKey);

  const stage = part("phone-stage");
  const landing = part("phone-landing");
  const live = part("phone-live");
  const waiting = part("phone-waiting");
  const cancelButton = part("phone-cancel");
  const drawer = part("phone-drawer");
  const wishesForm = /** @type {HTMLFormElement} */ (part("phone-wishes"));
  const question = /** @type {HTMLDialogElement} */ (part("phone-question"));

  let session = { sessionId: "", token: "", data: "" };
  /** @type {HTMLElement[]} */
  let screens = [];
  /** What the result is made from. */
  let enrolment = "";
  /** The flow that may change the page. A new one replaces it, whatever the old one was waiting for. */
  let flow = new AbortController();
  let busy = false;
  /** @type {number | undefined} */
  let skipTimer;

  restoreWishes();
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (button instanceof HTMLElement) pressed(button.dataset.do ?? "");
  });
  stage.addEventListener("change", () => chooseSpecimen());
  wishesForm.addEventListener("change", () => {
    memory.wishes = wishes();
    remember();
    const screen = screens[memory.index];
    if (screen?.isConnected && screen.dataset.kind === "read" && !busy) showScreen(memory.index);
    if (screen?.isConnected && screen.dataset.kind === "scan" && !busy) holdSpecimen(screen);
  });
  wishesForm.addEventListener("submit", (event) => event.preventDefault());
  cancelButton.addEventListener("click", () => question.showModal());
  window.addEventListener("hashchange", () => location.reload()); // another code in the same tab

  if (ticket === "") {
    end({ outcome: "no-code", reason: "", detail: "" });
  } else if (memory.end) {
    end(memory.end);
  } else if (memory.started) {
    begin(); // a reload in the middle
  } else {
    for (const button of landing.querySelectorAll("button")) button.disabled = false;
    arrive();
  }

  /** @param {string} what */
  function pressed(what) {
    switch (what) {
      case "start":
        return begin();
      case "retry":
        return screens.length > 0 ? showScreen(memory.index) : begin();
      case "stay":
        return question.close();
      case "cancel":
        question.close();
        return cancel();
      case "not-me": {
        const text = part("phone-not-me-text");
        text.hidden = !text.hidden;
        root.querySelector("[data-do=not-me]")?.setAttribute("aria-expanded", String(!text.hidden));
        return;
      }
      case "decline":
        return cancel();
    }
    const screen = screens[memory.index];
    if (busy || !screen?.isConnected) return;
    if (what === "again") return showScreen(Number(screen.dataset.again));
    if (what === "skip") return perform(screen, (signal) => skip(screen, "READ_SKIPPED", signal));
    if (what === "next") return perform(screen, (signal) => act(screen, signal));
  }

  // The course of an enrolment

  /** Says that the link has been opened, and shows who asks. Nobody has to wait for that, so it is tried once only. */
  async function arrive() {
    const { signal } = flow;
    try {
      const { requester, status } = await once("POST", "/api/v1/session/open", ticket, undefined, signal);
      if (signal.aborted) return;
      if (["completed", "failed", "cancelled"].includes(status)) return end({ outcome: "ended", reason: "", detail: "" });
      const { name, browser, system } = requester;
      if (name) part("phone-asker").textContent = name;
      const places = [browser && `in ${browser}`, system && `on ${system}`].filter(Boolean);
      if (places.length > 0) part("phone-from").textContent = `Started ${places.join(" ")}`;
    } catch (error) {
      const dead = error instanceof Refused && (error.code === "SESSION_EXPIRED_OR_NOT_FOUND" || error.status === 401);
      if (dead && !signal.aborted) failed(error);
    }
  }

  /** Claims the session and fetches its screens. */
  function begin() {
    run(async (signal) => {
      working();
      session = await call("GET", "/api/v1/session", ticket, undefined, signal);
      memory.started = true;
      remember();
      const answer = await call("POST", root.dataset.screens ?? "", "", { data: session.data }, signal);
      const plan = new DOMParser().parseFromString(answer, "text/html").querySelector("[data-plan]");
      if (!(plan instanceof HTMLElement)) throw new Error("the screens have no plan");
      if (plan.dataset.problem) {
        await post({ status: "failed", reason: "INVALID_CONFIG", key: "phone:end" }, signal);
        return end({ outcome: "failed", reason: "INVALID_CONFIG", detail: plan.dataset.problem });
      }
      enrolment = plan.dataset.enrolment ?? "";
      screens = Array.from(plan.children, (child) => /** @type {HTMLElement} */ (document.importNode(child, true)));
      cancelButton.hidden = false;
      showScreen(Math.min(memory.index, screens.length - 1));
    });
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

  /**
   * A chip screen: what this phone makes of it at all, and when it offers to leave it out.
   * @param {HTMLElement} screen
   */
  function open(screen) {
    if (wishes().noNFC) {
      const decision = decided(screen.dataset.noChip);
      return perform(screen, async (signal) => {
        say(screen, "This phone cannot read chips.");
        await pace(SHORT, signal);
        await follow(screen, decision, signal);
      });
    }
    const button = screen.querySelector("[data-do=skip]");
    if (!(button instanceof HTMLElement)) return;
    button.hidden = true;
    skipTimer = window.setTimeout(() => {
      button.hidden = false;
      announce("You can go on without the chip.");
    }, fast ? 0 : Number(screen.dataset.skipAfter));
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
    switch (screen.dataset.kind) {
      case "scan": {
        announce("Scanning. Hold still.");
        await pace(LONG, signal);
        if (wishes().fail === "not-recognised") {
          decision = { action: "fail", reason: "SCAN_DOCUMENT_NOT_RECOGNIZED" };
          break;
        }
        const held = holdSpecimen(screen);
        decision = decided(held?.dataset.decision);
        break;
      }
      case "read":
        announce("Reading the chip. Hold still.");
        await pace(LONG, signal);
        capture.chipRead = true;
        break;
      case "face": {
        announce("Taking the photo. Hold still.");
        await pace(LONG, signal);
        decision = compare(screen, capture);
        break;
      }
      case "background":
        if (screen.dataset.silent === undefined) await pace(LONG, signal);
        break;
      case "finish":
        await handIn(wishes().outcome, signal);
        break;
    }
    await follow(screen, decision, signal);
  }

  /**
   * The next attempt at the face.
   * @param {HTMLElement} screen
   * @param {Capture} capture
   * @returns {Decision}
   */
  function compare(screen, capture) {
    const { fail, level } = wishes();
    /** @type {string[][]} */
    const table = JSON.parse((capture.chipRead ? screen.dataset.chipRead : screen.dataset.scanned) ?? "[]");
    const attempt = Math.min(capture.attempts ?? 0, table.length - 1);
    capture.attempts = attempt + 1;
    capture.faceLevel = fail === "face" ? 0 : Number(level);
    remember();
    const decision = decided(table[attempt]?.[capture.faceLevel]);
    if (decision.action === "retry") {
      const left = table.length - attempt - 1;
      say(screen, `The face didn't match the document. ${left === 1 ? "One try is" : `${left} tries are`} left.`);
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
    return call("POST", "/api/v1/session/events", ticket, event, signal);
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
    const path = `${root.dataset.sandbox}${encodeURIComponent(session.sessionId)}`;
    await call("POST", path, `Bearer ${session.token}`, body, signal);
  }

  function documentCount() {
    return screens.reduce((count, screen) => Math.max(count, Number(screen.dataset.document) + 1), 0);
  }

  /**
   * Makes a call until it is answered: each is safe to repeat. Throws Refused for an answer that would stay the same, and
   * Replaced once signal has ended.
   * @param {string} method
   * @param {string} path
   * @param {string} authorization "" for none
   * @param {unknown} body
   * @param {AbortSignal} signal
   * @returns {Promise<any>} the decoded JSON, or the text of another answer
   */
  async function call(method, path, authorization, body, signal) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await once(method, path, authorization, body, signal);
        waiting.hidden = true;
        return answer;
      } catch (error) {
        if (signal.aborted) throw new Replaced();
        if (error instanceof Refused && error.status < 500 && error.status !== 429 && error.status !== 408) {
          waiting.hidden = true;
          throw error;
        }
      }
      waiting.hidden = false;
      const cap = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(attempt, 10));
      await sleep(cap / 2 + (Math.random() * cap) / 2, signal, true);
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} authorization
   * @param {unknown} body
   * @param {AbortSignal} signal
   */
  async function once(method, path, authorization, body, signal) {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener("abort", abort);
    const timer = window.setTimeout(abort, CALL_TIMEOUT);
    try {
      const answer = await fetch(path, {
        method,
        headers: {
          ...(authorization === "" ? {} : { Authorization: authorization }),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
        signal: attempt.signal,
      });
      const text = await answer.text();
      const isJSON = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
      const content = isJSON && text !== "" ? JSON.parse(text) : text;
      if (answer.ok) return content;
      throw new Refused(answer.status, content.error ?? "", content.message ?? "", content.requestId ?? "");
    } finally {
      window.clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  // Flows

  /**
   * Runs work in a flow of its own that replaces the current one, and shows how it fails if it does.
   * @param {(signal: AbortSignal) => Promise<void>} work
   */
  function run(work) {
    flow.abort();
    flow = new AbortController();
    const { signal } = flow;
    waiting.hidden = true;
    setBusy(true);
    work(signal)
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
    window.clearTimeout(skipTimer);
    say(screen, "");
    run(work);
  }

  /** @param {unknown} error */
  function failed(error) {
    const unknown = error instanceof Refused && (error.status === 404 || (error.status === 401 && screens.length === 0));
    if (unknown) return end({ outcome: "expired", reason: "", detail: "" });
    if (error instanceof Refused && error.code === "SESSION_ENDED") return end({ outcome: "ended", reason: "", detail: "" });
    if (!(error instanceof Refused)) console.error(error);
    let detail = "";
    if (error instanceof Refused) detail = error.requestId !== "" ? `${error.message} (request ${error.requestId})` : error.message;
    end({ outcome: "error", reason: "", detail });
  }

  /** @param {boolean} on */
  function setBusy(on) {
    busy = on;
    root.toggleAttribute("data-busy", on);
    for (const button of stage.querySelectorAll("[data-do=next], [data-do=again], [data-do=skip]")) {
      if (on) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    for (const choice of stage.querySelectorAll("input")) choice.disabled = on;
  }

  /**
   * What a person would need for an action; nothing when it has to go fast.
   * @param {number} milliseconds
   * @param {AbortSignal} signal
   */
  function pace(milliseconds, signal) {
    return fast ? Promise.resolve() : sleep(milliseconds, signal);
  }

  /**
   * @param {number} milliseconds
   * @param {AbortSignal} signal
   * @param {boolean} [untilOnline] ends early when the network comes back
   * @returns {Promise<void>}
   */
  function sleep(milliseconds, signal, untilOnline = false) {
    return new Promise((resolve, reject) => {
      const done = () => {
        window.clearTimeout(timer);
        window.removeEventListener("online", done);
        signal.removeEventListener("abort", done);
        if (signal.aborted) reject(new Replaced());
        else resolve();
      };
      const timer = window.setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
      if (untilOnline) window.addEventListener("online", done);
      if (signal.aborted) done();
    });
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
      memory.end = how.outcome === "no-code" ? null : how;
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
    root.dataset.state = state;
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
    if (wishes().fail === "expired") held = all.find((one) => one.dataset.expired !== undefined) ?? held;
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
    return { outcome: text("outcome"), fail: text("fail"), level: text("level"), noNFC: form.has("noNFC") };
  }

  function restoreWishes() {
    if (!memory.wishes) return;
    for (const field of wishesForm.elements) {
      if (field instanceof HTMLSelectElement) {
        field.value = String(memory.wishes[/** @type {"outcome" | "fail" | "level"} */ (field.name)]);
      } else if (field instanceof HTMLInputElement) {
        field.checked = memory.wishes.noNFC;
      }
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

/**
 * A screen's place in the plan is the key of what is reported of it, so that a repeated report counts once.
 * @param {HTMLElement} screen
 */
function keyOf(screen) {
  return `phone:${screen.dataset.index}`;
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
  const fresh = { started: false, index: 0, captures: {}, done: [], wishes: null, end: null };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(key) ?? "{}") };
  } catch {
    return fresh;
  }
}

/**
 * Names a code in this tab's storage without storing it: 64 bits that do not lead back to its 160. The browser's own
 * digests are missing on a page that came over plain HTTP.
 * @param {string} text
 */
function fingerprint(text) {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const character of text) {
    a = Math.imul(a ^ character.charCodeAt(0), 0x01000193);
    b = Math.imul(b ^ character.charCodeAt(0), 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a, b].map((n) => (n >>> 0).toString(16).padStart(8, "0")).join("");
}
