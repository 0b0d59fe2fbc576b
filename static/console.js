// The presenter's console: shows what the form comes to while it changes. Without this script the button "Check" does.

import { wordsOf } from "./words.js";

const { say } = wordsOf(/** @type {HTMLElement} */ (document.getElementById("main")));
const form = /** @type {HTMLFormElement} */ (document.querySelector('[data-testid="designer"]'));
const outcome = /** @type {HTMLElement} */ (document.getElementById("outcome"));
const said = /** @type {HTMLElement} */ (document.getElementById("outcome-said"));
const pause = 250; // milliseconds without typing

let timer = 0;
let asked = 0;

async function look() {
  const mine = ++asked;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name !== "import" && typeof value === "string") fields.append(name, value);
  }
  fields.set("do", "check");
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("outcome");
    if (mine !== asked || !fresh) return;
    outcome.replaceChildren(...fresh.childNodes);
    offerCopies();
    // A type's words change with it.
    for (const hint of page.querySelectorAll('[id$="-hint"]')) {
      const here = document.getElementById(hint.id);
      here?.replaceChildren(...hint.childNodes);
    }
    const wrong = outcome.querySelectorAll('[data-testid="problem"]').length;
    said.textContent = wrong ? say("ToMend", { n: wrong }) : "";
  } catch {
    // The button still works, and says what is the matter.
  }
}

function offerCopies() {
  for (const button of outcome.querySelectorAll("[data-copy]")) button.removeAttribute("hidden");
}

/**
 * Copies what an element says. Where there is no clipboard, as on a plain address in the home network, the old way is taken.
 * @param {HTMLElement} element
 */
async function copy(element) {
  const text = element.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    return document.execCommand("copy");
  }
}

outcome.addEventListener("click", async (event) => {
  const button = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.target).closest("[data-copy]") ?? event.target);
  const element = document.getElementById(button.dataset.copy ?? "");
  if (!element) return;
  button.textContent = (await copy(element)) ? say("Copied") : say("CopySelected");
  said.textContent = button.textContent;
});

// What the next hand-over comes to: when it happens is asked only where it happens at a step.
const next = /** @type {HTMLSelectElement | null} */ (document.getElementById("next-outcome"));
function showNext() {
  const option = next?.selectedOptions[0];
  const at = document.getElementById("next-at-field");
  const leads = document.getElementById("next-leads");
  if (at) at.hidden = option?.dataset.timed === undefined;
  if (leads) leads.textContent = option?.dataset.leads ?? "";
}
next?.addEventListener("change", showNext);
showNext();

offerCopies();

form.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.id === "import" || field.id === "name") return;
  clearTimeout(timer);
  timer = window.setTimeout(look, pause);
});
