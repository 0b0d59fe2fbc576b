// @ts-check
/** What is chosen to happen, in the phone's own drawer or in the console. What makes it happen is in phone_outcomes.js. */

/** @typedef {import("./phone_play.js").Phone} Phone */
/** @typedef {import("./phone_memory.js").Wishes} Wishes */

/** @param {Phone} phone */
export function makeWishes(phone) {
  const { part, memory, remember } = phone;
  const form = /** @type {HTMLFormElement} */ (part("phone-wishes"));
  const outcomeField = /** @type {HTMLSelectElement} */ (part("phone-outcome"));
  const atField = /** @type {HTMLSelectElement} */ (part("phone-at"));
  /** The services that the session expects, as far as the server has said. @type {string[]} */
  let expected = [];

  restore();
  show();
  form.addEventListener("change", () => {
    keep();
    phone.course.reconsider();
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  return { now, isProviders, expect, expects, takeUp, keep };

  /** @returns {Wishes} */
  function now() {
    const fields = new FormData(form);
    const text = (/** @type {string} */ name) => String(fields.get(name) ?? "");
    return { outcome: text("outcome"), at: text("at"), level: text("level") };
  }

  /** Whether the outcome is one that the provider brings about, not the phone. */
  function isProviders() {
    return outcomeField.selectedOptions[0]?.closest("optgroup")?.dataset.by === "provider";
  }

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
    for (const option of atField.options) option.hidden = option.disabled = option.value !== "" && !steps.includes(option.value);
    if (atField.selectedOptions[0]?.disabled) atField.value = "";
    keep();
  }

  function expects() {
    return expected;
  }

  /**
   * Takes up what was chosen in the console, where nothing was chosen here.
   * @param {AbortSignal} signal
   */
  async function takeUp(signal) {
    if (outcomeField.value !== "") return;
    const taken = await phone.session.wish(signal);
    if (!taken) return;
    const option = Array.from(outcomeField.options).find((one) => one.value === taken.outcome && !one.disabled);
    outcomeField.value = option && taken.outcome !== "" ? option.value : "success";
    atField.value = taken.at ?? "";
    keep();
  }

  function keep() {
    memory.wishes = now();
    remember();
    show();
  }

  function show() {
    const option = outcomeField.selectedOptions[0];
    part("phone-at-field").hidden = option?.dataset.timed === undefined;
    const leads = part("phone-leads");
    leads.textContent = option?.dataset.leads ?? "";
    leads.hidden = leads.textContent === "";
  }

  function restore() {
    if (!memory.wishes) return;
    for (const field of form.elements) {
      if (field instanceof HTMLSelectElement) field.value = memory.wishes[/** @type {keyof Wishes} */ (field.name)];
    }
  }
}
