// The presenter's form for the brand: shows what it comes to while it changes. Without this script the button "Check" does.

import { wordsOf } from "./words.js";

const { say } = wordsOf(/** @type {HTMLElement} */ (document.getElementById("main")));
const form = /** @type {HTMLFormElement} */ (document.querySelector('[data-testid="brand-form"]'));
const logo = /** @type {HTMLInputElement} */ (document.getElementById("logo"));
const kept = /** @type {HTMLInputElement} */ (form.elements.namedItem("kept"));
const outcome = /** @type {HTMLElement} */ (document.getElementById("outcome"));
const said = /** @type {HTMLElement} */ (document.getElementById("outcome-said"));
const pause = 250; // milliseconds without typing

/** Colours to be picked. What is typed is what is sent, so these only write there, and follow it. */
const pickers = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[data-picks]")]);

let timer = 0;
let asked = 0;

async function look() {
  const mine = ++asked;
  const fields = new FormData(form);
  fields.set("do", "check");
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("outcome");
    if (mine !== asked || !fresh) return;
    outcome.replaceChildren(...fresh.childNodes);
    for (const picker of pickers) picker.value = page.getElementById(picker.id)?.getAttribute("value") ?? picker.value;
    const there = /** @type {HTMLInputElement} */ (page.querySelector('input[name="kept"]'));
    if (there.value) {
      // The server holds the picture now: it need not be sent with each letter.
      kept.value = there.value;
      logo.value = "";
    }
    const wrong = outcome.querySelectorAll('[data-testid="problem"]').length;
    said.textContent = wrong ? say("ToMend", { n: wrong }) : "";
  } catch {
    // The button still works, and says what is the matter.
  }
}

// The server cuts a connection that sends far too much, which would say nothing to anybody.
const most = 1 << 20; // bytes

for (const picker of pickers) {
  const typed = /** @type {HTMLInputElement} */ (form.elements.namedItem(picker.dataset.picks ?? ""));
  /** @type {HTMLElement} */ (picker.parentElement).hidden = false;
  picker.addEventListener("input", () => (typed.value = picker.value));
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  asked += 1; // what is on its way is about what stood here before
  if ((logo.files?.[0]?.size ?? 0) > most) {
    logo.value = "";
    const note = document.createElement("p");
    note.className = "note wrong";
    note.textContent = say("TooLarge");
    outcome.prepend(note);
    said.textContent = note.textContent;
    return;
  }
  timer = window.setTimeout(look, pause);
});
