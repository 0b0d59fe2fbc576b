// @ts-check
/** The presenter's timeline: adds what is new at its place, and opens what is asked for without leaving the page. */

import { isForThese } from "./versions.js";
import { wordsOf } from "./words.js";

const words = wordsOf(/** @type {HTMLElement} */ (document.getElementById("main")));
/** How near to its end a page counts as read to the end, in pixels: it then stays there. */
const NEAR_END = 120;

/** @type {EventSource | undefined} */
let stream;
/** What is shown has ended. The stream goes on, for the next one. */
let over = false;
/** Counts what was fetched: only the last one may be shown. */
let fetches = 0;

start();

function root() {
  return /** @type {HTMLElement} */ (document.getElementById("timeline"));
}

/** Follows what now stands in the page. */
function start() {
  stream?.close();
  over = false;
  const { live, session, rev, known } = root().dataset;
  const asked = new URLSearchParams({ session: session ?? "", after: rev ?? "0", known: known ?? "0" });
  stream = new EventSource(`${live}?${asked}`);
  stream.onopen = () => over || tell(words.say("Live"), true);
  stream.onerror = () => over || tell(words.say("Lost"), false);
  stream.onmessage = (message) => take(JSON.parse(message.data));
  copying(root());
  localTimes(root());
}

/** @param {ParentNode} part */
function localTimes(part) {
  for (const shown of part.querySelectorAll("time")) shown.textContent = words.time(new Date(shown.dateTime));
}

/**
 * @param {string} text
 * @param {boolean} on
 */
function tell(text, on) {
  const place = document.getElementById("live");
  if (!place) return;
  place.hidden = false;
  place.toggleAttribute("data-on", on);
  if (place.textContent !== text) place.textContent = text;
}

/** @param {{ rows?: string, newest?: string, gone?: boolean, sessions?: string }} told */
function take({ rows, newest, gone, sessions }) {
  if (rows) add(rows);
  if (newest && root().dataset.follow !== undefined) show(root().dataset.path ?? "");
  else {
    if (newest) offer(newest);
    if (sessions !== undefined) choice(sessions);
  }
  if (gone) {
    over = true;
    tell(words.say("Ended"), false);
  }
}

/** @param {string} rows */
function add(rows) {
  const list = document.getElementById("rows");
  if (!list) return;
  const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - NEAR_END;
  const holder = document.createElement("template");
  holder.innerHTML = rows;
  for (const row of [...holder.content.querySelectorAll("li")]) {
    if (document.getElementById(row.id)) continue; // told again after the connection was lost
    copying(row);
    let after = list.lastElementChild;
    while (after && place(after) > place(row)) after = after.previousElementSibling;
    if (after) after.after(row);
    else list.prepend(row);
  }
  while (list.children.length > 2 * Number(root().dataset.limit)) list.firstElementChild?.remove();
  if (atEnd) window.scrollTo({ top: document.documentElement.scrollHeight });
}

/**
 * Puts the sessions to choose from in the place of those that are there.
 * @param {string} markup
 */
function choice(markup) {
  const there = document.getElementById("sessions");
  if (!there) return;
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  localTimes(holder.content);
  if (holder.innerHTML === there.innerHTML) return;
  const focused = there.contains(document.activeElement) && document.activeElement?.getAttribute("href");
  there.replaceChildren(holder.content);
  for (const link of there.querySelectorAll("a")) if (focused && link.getAttribute("href") === focused) link.focus({ preventScroll: true });
}

/** @param {Element} row */
function place(row) {
  return Number(/** @type {HTMLElement} */ (row).dataset.place);
}

/**
 * Puts another session's timeline in the place of this one.
 * @param {string} address
 */
async function show(address) {
  fetches += 1;
  const mine = fetches;
  const { party } = root().dataset;
  try {
    const drawn = await fetched(address);
    const next = drawn.getElementById("timeline");
    if (mine !== fetches || !next) return;
    if (!isForThese(drawn)) {
      window.location.reload();
      return;
    }
    root().replaceWith(document.adoptNode(next));
    only(party ?? "");
    start();
  } catch {
    tell(words.say("NotLoaded"), false);
  }
}

/**
 * @param {string} address
 * @param {RequestInit} [how]
 */
async function fetched(address, how) {
  const response = await fetch(address, { cache: "no-store", ...how });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** @param {string} id */
function offer(id) {
  const line = document.getElementById("live");
  if (!line || document.getElementById("newer")) return;
  const link = document.createElement("a");
  link.id = "newer";
  link.href = `${root().dataset.path}/${encodeURIComponent(id)}`;
  link.textContent = words.say("Newer");
  line.after(link);
}

/** @param {string} party */
function only(party) {
  if (party) root().dataset.party = party;
  else delete root().dataset.party;
  for (const chip of root().querySelectorAll("[data-only]")) {
    if (/** @type {HTMLElement} */ (chip).dataset.only === party) chip.setAttribute("aria-current", "true");
    else chip.removeAttribute("aria-current");
  }
}

/** @param {ParentNode} part */
function copying(part) {
  for (const button of part.querySelectorAll("[data-copy]")) /** @type {HTMLElement} */ (button).hidden = false;
}

document.addEventListener("click", async (event) => {
  if (!(event.target instanceof Element)) return;
  const chip = event.target.closest("[data-only]");
  if (chip instanceof HTMLElement && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    only(chip.dataset.only ?? "");
    return;
  }
  const hide = event.target.closest("[data-hide]");
  if (hide instanceof HTMLAnchorElement) {
    event.preventDefault();
    swap(hide, () => fetched(hide.href));
    return;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy instanceof HTMLButtonElement) {
    const code = copy.parentElement?.querySelector(":scope > .docs-code");
    if (!code) return;
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      copy.textContent = words.say("Copied");
    } catch {
      window.getSelection()?.selectAllChildren(code); // a page on a plain http address has no clipboard
      copy.textContent = words.say("Selected");
    }
    window.setTimeout(() => (copy.textContent = words.say("CopyCommand")), 3_000);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.classList.contains("reveal")) return;
  event.preventDefault();
  swap(form, () => fetched(form.action, { method: "POST", body: new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])) }));
});

/**
 * Puts a row in the place of what it is now.
 * @param {Element} inside the row
 * @param {() => Promise<Document>} fetching
 */
async function swap(inside, fetching) {
  const row = inside.closest("li");
  if (!row) return;
  try {
    const next = (await fetching()).getElementById(row.id);
    if (!next) throw new Error("the entry is not kept any more");
    const drawn = document.adoptNode(next);
    row.replaceWith(drawn);
    drawn.querySelector("details")?.setAttribute("open", "");
    copying(drawn);
    drawn.querySelector("summary")?.focus({ preventScroll: true });
  } catch {
    tell(words.say("NotDone"), false);
  }
}

