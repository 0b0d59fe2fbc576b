// @ts-check
/**
 * How fast the phone works: what a person and a real phone would need for an action is waited for, and told meanwhile.
 * Whoever presents it chooses the pace for this browser, and every wait can be skipped.
 */

import { sleep } from "./phone_calls.js";

/** How long a wait is, of what a real phone would need. @type {Record<string, number>} */
const PACES = { skip: 0, normal: 1, slow: 2.5 };
const KEPT = "baton-phone-pace";

/**
 * @param {object} page
 * @param {HTMLSelectElement} page.choice
 * @param {boolean} page.fast waits for nothing, whatever is chosen
 * @param {(text: string) => void} page.announce
 */
export function makePace({ choice, fast, announce }) {
  /** @type {HTMLElement | undefined} what is shown of the work that goes on */
  let shown;
  let hurried = false;
  let skip = () => {};

  recall(choice);
  choice.addEventListener("change", () => {
    keep(choice.value);
    if (isInstant()) hurry();
  });

  return { work, worked, pause, rest, hurry, isInstant, stretch };

  function isInstant() {
    return fast || PACES[choice.value] === 0;
  }

  /**
   * Tells on a screen what the phone is at, for as long as a real one would need.
   * @param {HTMLElement} screen
   * @param {string} name which work of the screen's
   * @param {AbortSignal} signal
   */
  async function work(screen, name, signal) {
    const place = screen.querySelector(`[data-work="${name}"]`);
    if (isInstant() || !(place instanceof HTMLElement)) return;
    const phases = phasesOf(place).filter((phase) => phase.dataset.good === undefined);
    const whole = phases.reduce((sum, phase) => sum + lengthOf(phase), 0);
    screen.style.setProperty("--phone-work", `${whole}ms`); // which the pictures move by
    show(place);
    await tell(place, phases, signal);
  }

  /**
   * Says that what was worked at has worked.
   * @param {HTMLElement} screen
   * @param {AbortSignal} signal
   */
  async function worked(screen, signal) {
    if (!shown || !screen.contains(shown)) return;
    for (const list of screen.querySelectorAll("[data-list]")) list.toggleAttribute("data-done", true);
    shown.toggleAttribute("data-good", true);
    await tell(shown, phasesOf(shown).filter((phase) => phase.dataset.good !== undefined), signal);
  }

  /**
   * Waits for as long as a person needs to see what a screen shows.
   * @param {number} milliseconds
   * @param {AbortSignal} signal
   */
  async function pause(milliseconds, signal) {
    if (!isInstant()) await sleep(milliseconds * (PACES[choice.value] ?? 1), signal);
  }

  /**
   * @param {HTMLElement} place
   * @param {HTMLElement[]} phases
   * @param {AbortSignal} signal
   */
  async function tell(place, phases, signal) {
    const lists = place.closest(".phone-screen")?.querySelectorAll("[data-list]") ?? [];
    for (const phase of phases) {
      if (hurried || isInstant()) return;
      for (const one of phasesOf(place)) one.hidden = one !== phase;
      announce(phase.textContent ?? "");
      const pressed = new Promise((resolve) => (skip = () => resolve(undefined)));
      await Promise.race([pressed, sleep(lengthOf(phase), signal)]);
      lists[phasesOf(place).indexOf(phase)]?.toggleAttribute("data-done", true);
    }
  }

  /** @param {HTMLElement} place */
  function show(place) {
    rest();
    shown = place;
    hurried = false;
    const button = place.querySelector("button");
    const hadFocus = place.parentElement?.contains(document.activeElement);
    place.hidden = false;
    if (hadFocus) button?.focus({ preventScroll: true }); // what was pressed is out of sight now
  }

  /** The phone is at rest: what there is to press comes back. */
  function rest() {
    const place = shown;
    if (!place) return;
    shown = undefined;
    const hadFocus = place.contains(document.activeElement);
    place.hidden = true;
    place.toggleAttribute("data-good", false);
    for (const list of place.closest(".phone-screen")?.querySelectorAll("[data-list]") ?? []) list.toggleAttribute("data-done", false);
    const next = place.parentElement?.querySelector("[data-do=next]");
    if (hadFocus && next instanceof HTMLElement) next.focus({ preventScroll: true });
  }

  /** Ends the wait that goes on. */
  function hurry() {
    hurried = true;
    skip();
  }

  /** @param {HTMLElement} phase */
  function lengthOf(phase) {
    return stretch(Number(phase.dataset.milliseconds));
  }

  /**
   * How long something takes at this pace.
   * @param {number} milliseconds that it takes as a rule
   */
  function stretch(milliseconds) {
    return fast ? 0 : milliseconds * (PACES[choice.value] ?? 1);
  }
}

/** @param {HTMLElement} place */
function phasesOf(place) {
  return Array.from(place.querySelectorAll("[data-milliseconds]"), (one) => /** @type {HTMLElement} */ (one));
}

/** @param {HTMLSelectElement} choice */
function recall(choice) {
  try {
    const kept = localStorage.getItem(KEPT) ?? "";
    if (kept in PACES) choice.value = kept;
  } catch {
    // Storage is switched off: the pace is the usual one.
  }
}

/** @param {string} pace */
function keep(pace) {
  try {
    localStorage.setItem(KEPT, pace);
  } catch {
    // Storage is full or switched off: the choice holds until the page is loaded again.
  }
}
