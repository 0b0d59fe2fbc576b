// The presenter's console: shows what the form comes to while it changes. Without this script the button "Check" does.

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
    // A type's words change with it.
    for (const hint of page.querySelectorAll('[id$="-hint"]')) {
      const here = document.getElementById(hint.id);
      if (here) here.textContent = hint.textContent;
    }
    const wrong = outcome.querySelectorAll('[data-testid="problem"]').length;
    said.textContent = wrong ? `${wrong} to mend` : "";
  } catch {
    // The button still works, and says what is the matter.
  }
}

form.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.id === "import" || field.id === "name") return;
  clearTimeout(timer);
  timer = window.setTimeout(look, pause);
});
