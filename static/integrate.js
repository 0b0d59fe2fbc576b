// Makes tabs of the snippets and copies them. Without it the page is whole: every snippet stands under the one before.

const root = /** @type {HTMLElement} */ (document.querySelector(".integrate"));
const said = /** @type {HTMLElement} */ (root.querySelector('[data-role="said"]'));

/** @typedef {{ party: string, tabs: HTMLAnchorElement[], panels: HTMLElement[] }} Tabs */

/** @type {Tabs[]} */
const groups = [...root.querySelectorAll("[data-party]")].map((section) => {
  const list = /** @type {HTMLElement} */ (section.querySelector('[data-role="tabs"]'));
  const tabs = /** @type {HTMLAnchorElement[]} */ ([...list.children]);
  const panels = /** @type {HTMLElement[]} */ ([...section.querySelectorAll('[data-role="panel"]')]);
  const group = { party: section.getAttribute("data-party") ?? "", tabs, panels };
  list.setAttribute("role", "tablist");
  tabs.forEach((tab, i) => {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[i].id);
    panels[i].setAttribute("role", "tabpanel");
    panels[i].setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window of the browser
      event.preventDefault();
      choose(group, i);
      history.pushState(null, "", `#${panels[i].id}`);
    });
  });
  list.addEventListener("keydown", (event) => byKey(group, event));
  return group;
});

/**
 * @param {Tabs} group
 * @param {number} chosen
 */
function show(group, chosen) {
  group.tabs.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === chosen));
    tab.tabIndex = i === chosen ? 0 : -1;
    group.panels[i].hidden = i !== chosen;
  });
}

/**
 * Shows what somebody has chosen, and remembers it.
 * @param {Tabs} group
 * @param {number} chosen
 */
function choose(group, chosen) {
  show(group, chosen);
  try {
    localStorage.setItem(`integrate.${group.party}`, group.panels[chosen].id);
  } catch {
    // Storage can be switched off; then the choice lasts as long as the page.
  }
}

/**
 * @param {Tabs} group
 * @param {KeyboardEvent} event
 */
function byKey(group, event) {
  const at = group.tabs.findIndex((tab) => tab === document.activeElement);
  const last = group.tabs.length - 1;
  const next = getComputedStyle(root).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const before = next === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  /** @type {Record<string, number>} */
  const goals = { [next]: at === last ? 0 : at + 1, [before]: at <= 0 ? last : at - 1, Home: 0, End: last };
  if (event.key === " ") {
    event.preventDefault(); // a link would scroll the page
    return;
  }
  if (at < 0 || !(event.key in goals) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const goal = goals[event.key];
  choose(group, goal);
  group.tabs[goal].focus();
  history.replaceState(null, "", `#${group.panels[goal].id}`);
}

/** Shows the tab that the address names, be it by its panel or by something in it. */
function followAddress() {
  const named = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  for (const group of groups) {
    const at = group.panels.findIndex((panel) => named !== null && panel.contains(named));
    if (at < 0) continue;
    choose(group, at);
    named?.scrollIntoView();
  }
}

function remembered(/** @type {Tabs} */ group) {
  try {
    const id = localStorage.getItem(`integrate.${group.party}`);
    return Math.max(0, group.panels.findIndex((panel) => panel.id === id));
  } catch {
    return 0;
  }
}

root.classList.add("tabbed");
for (const group of groups) show(group, remembered(group));
followAddress();
addEventListener("hashchange", followAddress);
addEventListener("popstate", followAddress);

// Copying. A page on a plain http address in the home network has no clipboard; there the old way is tried, and if that fails
// too the text is selected.

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll("[data-copies]"))) {
  const snippet = /** @type {HTMLElement} */ (button.closest("[data-snippet], [data-lines]"));
  const part = button.dataset.copies;
  const code = /** @type {HTMLElement} */ (snippet.querySelector(`[data-part="${part}"] pre code`));
  const what = part === "run" ? "What runs it" : snippet.dataset.file;
  const word = /** @type {HTMLElement} */ (button.firstElementChild);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copied(code);
    word.textContent = done ? "Copied" : "Press Ctrl+C";
    said.textContent = done ? `${what} is copied.` : "The text is selected: copy it by Ctrl+C or ⌘C.";
    setTimeout(() => {
      word.textContent = "Copy";
      said.textContent = "";
    }, 3_000);
  });
}

/** @param {HTMLElement} code */
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    const done = document.execCommand("copy");
    if (done) getSelection()?.removeAllRanges();
    return done;
  }
}

export {}; // a module: its names are its own
