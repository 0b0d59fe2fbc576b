// @ts-check
/**
 * The course of an enrolment: its screens, one after the other, and what the person does on each. What follows an action is
 * not decided here: the screens come from the server with the decisions in their data attributes, so that this phone and the
 * one of the terminal keep the same rules.
 */

/** @typedef {import("./phone_play.js").Phone} Phone */
/** @typedef {import("./phone_memory.js").Capture} Capture */
/** @typedef {{ action: string, reason: string }} Decision */

/** @param {Phone} phone */
export function makeCourse(phone) {
  const { part, words, memory, remember } = phone;

  /** @type {HTMLElement[]} */
  let screens = [];
  /** What the result is made from. */
  let enrolment = "";
  /** @type {number | undefined} */
  let skipTimer;

  part("phone-stage").addEventListener("change", () => chooseSpecimen());

  return { begin, claim, hasBegun, pressed, retry, reconsider, cancel, stop, leave };

  function begin() {
    phone.run(async (signal) => {
      phone.stage.working();
      await claim(signal);
    });
  }

  /**
   * Claims the session and shows the first of its screens, or the one that was left.
   * @param {AbortSignal} signal
   */
  async function claim(signal) {
    await phone.session.claim(signal);
    memory.started = true;
    phone.wishes.keep(); // also what was chosen before this script ran
    const answer = await phone.session.screens(phone.wishes.expects(), signal);
    const plan = new DOMParser().parseFromString(answer, "text/html").querySelector("[data-plan]");
    if (!(plan instanceof HTMLElement)) throw new Error("the screens have no plan");
    if (plan.dataset.problem) {
      await phone.session.post({ status: "failed", reason: "INVALID_CONFIG", key: "phone:end" }, signal);
      return phone.ends.end({ outcome: "failed", reason: "INVALID_CONFIG", detail: plan.dataset.problem });
    }
    enrolment = plan.dataset.enrolment ?? "";
    phone.wishes.expect((plan.dataset.steps ?? "").split(" "));
    await phone.wishes.takeUp(signal);
    screens = Array.from(plan.children, (child) => /** @type {HTMLElement} */ (document.importNode(child, true)));
    part("phone-cancel").hidden = false;
    showScreen(Math.min(memory.index, screens.length - 1));
  }

  function hasBegun() {
    return screens.length > 0;
  }

  /** @param {number} index */
  function showScreen(index) {
    const screen = screens[index];
    leave();
    memory.index = index;
    remember();
    if (screen.dataset.silent === undefined) {
      phone.stage.mount(screen, "screen");
      phone.stage.say(screen, "");
    }
    if (phone.outcomes.happens(screens.slice(index), index === 0)) return;
    phone.byItself.wait(screen, () => perform(screen, (signal) => act(screen, signal)));
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

  /** The screen that is there, if one is. */
  function shown() {
    const screen = screens[memory.index];
    return screen?.isConnected ? screen : undefined;
  }

  /** Nothing more happens by itself on the screen that is there. */
  function leave() {
    window.clearTimeout(skipTimer);
  }

  /** Other things are wished for: the screen that is there is to show it. */
  function reconsider() {
    const screen = shown();
    if (!screen || phone.isBusy()) return;
    if (screen.dataset.kind === "read") showScreen(memory.index);
    if (screen.dataset.kind === "scan") holdSpecimen(screen);
  }

  /** @param {string} what */
  function pressed(what) {
    const screen = shown();
    if (phone.isBusy() || !screen) return;
    if (what === "again") return showScreen(Number(screen.dataset.again));
    if (what === "skip") return perform(screen, (signal) => skip(screen, "READ_SKIPPED", signal));
    if (what === "next") return perform(screen, (signal) => act(screen, signal));
  }

  function retry() {
    if (hasBegun()) return showScreen(memory.index);
    return memory.started ? begin() : location.reload(); // a start is the person's own word, and not repeated
  }

  /**
   * A chip screen: what this phone makes of it at all, and when it offers to leave it out.
   * @param {HTMLElement} screen
   */
  function open(screen) {
    if (phone.outcomes.hasNoChipReader()) {
      const decision = decided(screen.dataset.noChip);
      return perform(screen, async (signal) => {
        await phone.pace.work(screen, "no-chip", signal);
        await follow(screen, decision, signal);
      });
    }
    const button = screen.querySelector("[data-do=skip]");
    if (!(button instanceof HTMLElement)) return;
    button.hidden = true;
    skipTimer = window.setTimeout(() => {
      button.hidden = false;
      phone.stage.announce(words.say("ChipSkipOffered"));
    }, phone.pace.isInstant() ? 0 : Number(screen.dataset.skipAfter));
  }

  /**
   * Runs what happens on a screen; its buttons do nothing meanwhile.
   * @param {HTMLElement} screen
   * @param {(signal: AbortSignal) => Promise<void>} work
   */
  function perform(screen, work) {
    phone.byItself.stop();
    leave();
    phone.stage.say(screen, "");
    phone.run(work);
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
    if (screen.dataset.silent === undefined) await phone.pace.work(screen, "act", signal);
    switch (screen.dataset.kind) {
      case "scan": {
        if (phone.outcomes.cannotRead()) {
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
        await handIn(phone.outcomes.ofTheResult(), signal);
        break;
    }
    if (decision.action === "continue") await phone.pace.worked(screen, signal);
    await follow(screen, decision, signal);
  }

  /**
   * The next attempt at the face.
   * @param {HTMLElement} screen
   * @param {Capture} capture
   * @returns {Decision}
   */
  function compare(screen, capture) {
    /** @type {string[][]} */
    const table = JSON.parse((capture.chipRead ? screen.dataset.chipRead : screen.dataset.scanned) ?? "[]");
    const attempt = Math.min(capture.attempts ?? 0, table.length - 1);
    capture.attempts = attempt + 1;
    capture.faceLevel = phone.outcomes.faceLevel();
    remember();
    const decision = decided(table[attempt]?.[capture.faceLevel]);
    if (decision.action === "retry") {
      phone.stage.say(screen, words.say("FaceTries", { n: table.length - attempt - 1 }));
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
      await phone.session.post({ service: screen.dataset.step, key: keyOf(screen) }, signal);
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
    await phone.session.post({ skipped: screen.dataset.step, reason, key: keyOf(screen) }, signal);
    next();
  }

  function next() {
    if (memory.index + 1 < screens.length) return showScreen(memory.index + 1);
    phone.ends.end({ outcome: "completed", reason: "", detail: "" });
  }

  function cancel() {
    phone.run((signal) => stop("cancelled", "USER_CANCEL", signal));
  }

  /**
   * Ends the session otherwise than by completing it. What was done is handed in before, where that is asked for, so
   * that it is there when the backend hears of the end.
   * @param {"failed" | "cancelled"} status
   * @param {string} reason
   * @param {AbortSignal} signal
   */
  async function stop(status, reason, signal) {
    phone.setBusy(true);
    if (screens[memory.index]?.dataset.handsIn !== undefined) await handIn("incomplete", signal);
    await phone.session.post({ status, reason, key: "phone:end" }, signal);
    phone.ends.end({ outcome: status, reason, detail: "" });
  }

  /**
   * @param {string} outcome
   * @param {AbortSignal} signal
   */
  function handIn(outcome, signal) {
    const count = screens.reduce((most, screen) => Math.max(most, Number(screen.dataset.document) + 1), 0);
    const documents = Array.from({ length: count }, (_, i) => memory.captures[i]?.specimen ?? "");
    return phone.session.handIn({ data: enrolment, documents, steps: memory.done, outcome }, signal);
  }

  /**
   * Shows the specimen that is before the camera, and returns its picture.
   * @param {HTMLElement} screen
   * @returns {HTMLElement | undefined}
   */
  function holdSpecimen(screen) {
    const all = Array.from(screen.querySelectorAll("[data-specimen]"), (one) => /** @type {HTMLElement} */ (one));
    const capture = captureOf(screen);
    const held = phone.outcomes.held(all, all.find((one) => one.dataset.specimen === capture.specimen) ?? all[0]);
    for (const one of all) one.hidden = one !== held;
    if (!held) return undefined;
    capture.specimen = held.dataset.specimen;
    remember();
    for (const choice of screen.querySelectorAll("input")) choice.checked = choice.value === capture.specimen;
    return held;
  }

  function chooseSpecimen() {
    const screen = shown();
    const chosen = screen?.querySelector("input:checked");
    if (!screen || !(chosen instanceof HTMLInputElement)) return;
    captureOf(screen).specimen = chosen.value;
    holdSpecimen(screen);
  }

  /**
   * @param {HTMLElement} screen
   * @returns {Capture}
   */
  function captureOf(screen) {
    const document = screen.dataset.document ?? "";
    return (memory.captures[document] ??= {});
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
