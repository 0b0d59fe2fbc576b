// @ts-check
/**
 * What the phone's page does before anything is claimed: it shows who asks and from where, takes the person's word for
 * it, and lets them say that they did not ask for this.
 */

/** @typedef {import("./phone_play.js").Phone} Phone */
/** @typedef {{ name: string, browser: string, system: string, place?: string }} Requester */
/** @typedef {{ requester: Requester, confirm: "none" | "prompt" | "number", status: string, steps?: string[], createdAt?: string }} Asked */

/** @param {Phone} phone */
export function makeLanding(phone) {
  const { part, words, memory, remember } = phone;

  // They are out of the document while something else is shown.
  const landing = part("phone-landing");
  const asker = part("phone-asker");
  const from = part("phone-from");
  const caution = part("phone-caution");
  const looking = part("phone-looking");
  const choices = part("phone-choices");
  const declineButton = part("phone-decline");
  const startButton = /** @type {HTMLButtonElement} */ (part("phone-start"));
  const question = /** @type {HTMLDialogElement} */ (part("phone-not-me-question"));
  const numberScreen = /** @type {HTMLElement} */ (
    document.importNode(/** @type {HTMLTemplateElement} */ (part("phone-number-screen")).content, true).firstElementChild
  );
  const number = /** @type {HTMLInputElement} */ (numberScreen.querySelector("input"));
  numberScreen.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    enter();
  });
  number.addEventListener("input", () => number.removeAttribute("aria-invalid"));

  /** @type {Asked | undefined} what the server has said of who asks */
  let asked;

  let refusing = false;

  return { arrive, pressed };

  /**
   * @param {string} what
   * @returns {boolean} whether it was the landing's
   */
  function pressed(what) {
    switch (what) {
      case "start":
        start();
        return true;
      case "refuse":
        refuse();
        return true;
      case "not-me":
        part("phone-not-me-before").hidden = isOver();
        part("phone-not-me-over").hidden = !isOver();
        question.showModal();
        return true;
      case "not-me-back":
        question.close();
        return true;
      case "not-me-sure":
        question.close();
        report();
        return true;
    }
    return false;
  }

  /**
   * Says that the link has been opened, and shows who asks; only then can the person start. It is tried once: a start
   * that had to do without finds out by itself whether it may.
   */
  async function arrive() {
    const signal = phone.signal();
    try {
      const answer = await phone.session.once("/open", undefined, signal);
      if (signal.aborted) return;
      if (["completed", "failed", "cancelled"].includes(answer.status)) return phone.ends.end({ outcome: "ended", reason: "", detail: "" });
      introduce(answer);
      phone.wishes.expect(answer.steps ?? []);
      if (answer.confirm === "number" && memory.numbered) return start(); // a reload in the middle
    } catch (error) {
      if (signal.aborted) return;
      const { code, status } = /** @type {any} */ (error ?? {});
      if (status === 401 || ["SESSION_EXPIRED_OR_NOT_FOUND", "SESSION_ALREADY_CLAIMED", "CODE_STALE"].includes(code)) return phone.ends.failed(error);
    }
    offer();
  }

  /** @param {Asked} answer */
  function introduce(answer) {
    asked = answer;
    const { name, browser, system, place } = answer.requester;
    if (name && name !== asker.dataset.name) asker.textContent = name; // else it stands there, in this language
    const { say, time } = words;
    const known = [];
    if (browser) known.push(say("FromBrowser", { browser }));
    if (system) known.push(say("FromSystem", { system }));
    if (place) known.push(say("FromPlace", { place }));
    if (answer.createdAt) known.push(say("FromTime", { time: time(new Date(answer.createdAt)) }));
    if (known.length > 0) from.textContent = say("Started", { words: known.join(" ") });
    const guarded = answer.confirm !== "none";
    caution.hidden = !guarded;
    declineButton.hidden = !guarded;
    if (guarded) startButton.setAttribute("aria-describedby", caution.id);
  }

  function offer() {
    looking.hidden = true;
    choices.hidden = false;
    startButton.disabled = false;
  }

  /** The person has read who asks and goes on. */
  function start() {
    phone.run(async (signal) => {
      phone.stage.working();
      if (asked?.confirm === "prompt") await phone.session.call("/confirm", { agree: true }, signal);
      try {
        await phone.course.claim(signal);
      } catch (error) {
        if (codeOf(error) !== "CONFIRMATION_REQUIRED") throw error;
        if (asked?.confirm === "number") return askNumber();
        introduce(await phone.session.call("/open", undefined, signal)); // the first one was lost, so nobody has read it yet
        phone.stage.mount(landing, "landing");
        offer();
      }
    });
  }

  function askNumber() {
    memory.numbered = true;
    remember();
    number.value = "";
    phone.stage.say(numberScreen, "");
    phone.stage.mount(numberScreen, "number");
  }

  function enter() {
    if (phone.isBusy()) return;
    const entered = asciiDigits(number.value);
    if (!/^\d\d$/.test(entered)) return lookAgain(words.say("NumberMissing"));
    let said = "";
    phone
      .run(async (signal) => {
        try {
          await phone.session.call("/confirm", { agree: true, number: entered }, signal);
        } catch (error) {
          if (codeOf(error) === "SESSION_ENDED") return endedOver(signal);
          if (codeOf(error) !== "CONFIRMATION_REQUIRED") throw error;
          said = words.say("NumberWrong");
          number.value = "";
          return;
        }
        phone.stage.working();
        await phone.course.claim(signal);
      })
      .then(() => said !== "" && lookAgain(said));
  }

  /** @param {string} text */
  function lookAgain(text) {
    phone.stage.say(numberScreen, text);
    number.setAttribute("aria-invalid", "true");
    number.focus();
  }

  /**
   * A session that ends over a number has failed; one that was stopped on the page meanwhile has not.
   * @param {AbortSignal} signal
   */
  async function endedOver(signal) {
    const { status } = await phone.session.call("/open", undefined, signal);
    if (status === "failed") phone.ends.end({ outcome: "failed", reason: "CONFIRMATION_FAILED", detail: "" });
    else phone.ends.end({ outcome: "ended", reason: "", detail: "" });
  }

  function refuse() {
    if (refusing) return;
    refusing = true;
    phone
      .run(async (signal) => {
        await phone.session.call("/confirm", { agree: false }, signal);
        phone.ends.end({ outcome: "cancelled", reason: "USER_CANCEL", detail: "" });
      })
      .then(() => {
        refusing = false;
      });
  }

  function isOver() {
    return memory.end !== null;
  }

  /** "It was not me": stops what has not ended, and is noted of what has. */
  function report() {
    const over = isOver();
    phone.run(async (signal) => {
      await phone.session.call("/report", { reason: "NOT_ME" }, signal);
      phone.ends.end({ outcome: "not-me", reason: over ? "OVER" : "", detail: "" });
    });
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {any} */ (error)?.code ?? "";
}

/**
 * Phones type the digits of their own language.
 * @param {string} text
 */
function asciiDigits(text) {
  return text.replace(/\s/g, "").replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}
