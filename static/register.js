// @ts-check
/**
 * The script of the demonstration's registration pages. The server draws every state; this only hears of what has
 * changed, fetches the page again and puts the new state in place of the old one, so that nothing jumps and a screen
 * reader hears of it once. Without it the pages reload themselves.
 */

import { isForThese } from "./versions.js";
import { wordsOf } from "./words.js";

/** How often a page looks that has no channel, because its module did not load. Milliseconds. */
const LOOK_EVERY = 5_000;
/** A call that takes longer is given up, or a half-open connection would keep the page still. Milliseconds. */
const ANSWER_WITHIN = 15_000;
/** A connection that comes back sooner is not worth a word. */
const BANNER_AFTER = 1_000;
/** From then on the person may want to do something. */
const REFRESH_AFTER = 30_000;
/** A picture that could not be fetched is asked for again. Milliseconds. */
const PICTURE_AGAIN = 2_000;
/** Codes that the page renews by itself before it asks. */
const RENEWALS = 2;
/** Seconds left at which a screen reader is told. */
const ANNOUNCED = [300, 60, 10];
/** Where this tab keeps whether the phone stands beside the page. */
const BESIDE = "phone-beside";

const { say, time, moment } = wordsOf(/** @type {HTMLElement} */ (document.getElementById("main")));

/** Forms that are looked after already. */
const guarded = new WeakSet();

localTimes(document);
for (const form of document.forms) submitOnce(form);
missingPictures();
const verify = document.getElementById("verify");
if (verify) follow(verify);
window.addEventListener("message", phoneGone);

/** @param {HTMLElement} root */
function follow(root) {
  /** @type {{ close(): void } | undefined} */
  let channel;
  /** The code that the channel watches, and one whose channel has ended for good. */
  let watched = "";
  let ended = "";
  let deadline = 0;
  let lifetime = 0;
  let lastSecond = Infinity;
  let fetching = false;
  let again = false;
  /** @type {number | undefined} */
  let nextVisit;
  let nextAt = 0;
  /** The hand-over that a phone has taken: it may have finished although the page did not hear of it. */
  let taken = "";
  /** @type {number | undefined} */
  let nextLook;
  let lost = 0;
  /** Counts refreshes that failed in a row, so that they come less and less often. */
  let failures = 0;
  /** Counts the pictures asked for: only the last one may be drawn. */
  let pictures = 0;

  started();
  window.setInterval(tick, 250);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (watching()) refresh();
    else renewIfExpired();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) refresh(); // back and forward: what was kept may be long past
  });

  function watching() {
    return ["ready", "opened", "confirm", "claimed"].includes(root.dataset.state ?? "");
  }

  function showsCode() {
    return ["ready", "opened"].includes(root.dataset.state ?? "");
  }

  /** Takes up the state that now stands in the page. */
  function started() {
    const { state, pageToken, remaining, next, after, session, until } = root.dataset;
    lastSecond = Infinity;
    deadline = remaining ? Date.now() + Number(remaining) : 0;
    lifetime = Number(root.dataset.lifetime ?? 0);
    if (state === "claimed") {
      forgetRenewals();
      taken = session ?? "";
    }

    if (watching() && pageToken) open(pageToken, session ?? "");
    else close();

    window.clearTimeout(nextVisit);
    nextAt = 0;
    if (next) {
      nextAt = Date.now() + Number(after ?? 0);
      nextVisit = window.setTimeout(() => visit(next), Number(after ?? 0));
    }
    window.clearTimeout(nextLook);
    if (until) look(Number(until) + 250); // the server's clock decides; this gives it a moment

    localTimes(root);
    copying(root);
    phoneHere(root);
    for (const form of root.querySelectorAll("form")) submitOnce(form);
    tick();
    renewIfExpired();
  }

  /**
   * Draws the page anew after a while.
   * @param {number} milliseconds
   */
  function look(milliseconds) {
    window.clearTimeout(nextLook);
    nextLook = window.setTimeout(() => {
      if (watching()) refresh();
    }, milliseconds);
  }

  /** @param {string} next */
  function visit(next) {
    if (root.dataset.state === "unavailable") refresh(next);
    else window.location.replace(next);
  }

  // The channel

  /**
   * @param {string} pageToken
   * @param {string} session
   */
  async function open(pageToken, session) {
    if (watched === pageToken || ended === pageToken) return;
    close();
    watched = pageToken;
    try {
      const { connect } = await import(root.dataset.baton ?? "");
      if (watched !== pageToken) return; // another state came meanwhile
      channel = connect({
        pageToken,
        after: Number(root.dataset.seq), // the server has drawn what came before
        onService(/** @type {string} */ service) {
          if (service === "INFO") finished(session);
          else refresh();
        },
        onStatus(/** @type {string} */ status) {
          if (status === "claimed") refresh(); // at an end the channel closes
        },
        onNotice: () => refresh(), // opened, confirm, confirm_failed, second_claim, skipped
        onPicture: root.dataset.rotates === undefined ? undefined : () => renewPicture(),
        onOpen() {
          lost = 0;
          banner();
        },
        onClose(/** @type {{ willReconnect: boolean }} */ { willReconnect }) {
          if (willReconnect) {
            lost ||= Date.now();
            return;
          }
          ended = pageToken;
          close();
          refresh(); // the server draws why
        },
      });
    } catch {
      watched = "";
      if (watching()) look(LOOK_EVERY); // which tries the module again
    }
  }

  function close() {
    channel?.close();
    channel = undefined;
    watched = "";
    lost = 0;
    banner();
  }

  /** @param {string} session */
  function finished(session) {
    close();
    ended = root.dataset.pageToken ?? "";
    announce(say("Checking"));
    refresh().then(() => {
      if (root.dataset.state !== "checking") window.location.replace("/register/review?sessionId=" + encodeURIComponent(session));
    });
  }

  /**
   * Puts the code of this moment into the picture that is there.
   * @param {number} [pause] before the next attempt, should this one fail
   */
  async function renewPicture(pause = PICTURE_AGAIN) {
    const { pageToken } = root.dataset;
    if (!showsCode() || !pageToken) return;
    pictures += 1;
    const asked = pictures;
    const current = () => asked === pictures && showsCode() && root.dataset.pageToken === pageToken;
    try {
      const response = await asPage("GET", "/api/v1/session/qr.svg?link=true", pageToken);
      const drawn = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
      if (current()) putPicture(drawn.documentElement);
    } catch {
      window.setTimeout(() => {
        if (current()) renewPicture(2 * pause);
      }, pause);
    }
  }

  /**
   * Only the modules change: no element moves, and nothing else of the drawing is taken.
   * @param {ParentNode & Element} drawn holds the picture, or is it
   */
  function putPicture(drawn) {
    const path = drawn.querySelector("path")?.getAttribute("d");
    const picture = root.querySelector(".qr");
    const box = (drawn.matches("svg") ? drawn : drawn.querySelector("svg"))?.getAttribute("viewBox");
    if (!path || !box || !picture) return;
    picture.setAttribute("viewBox", box);
    picture.querySelector("path")?.setAttribute("d", path);
  }

  // Putting the next state in place

  /** @param {string} [address] */
  async function refresh(address = "/register/verify") {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      await show(await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) }));
      failures = 0;
    } catch {
      // The network or the server is away: what is shown stays, and is looked at again.
      failures += 1;
      window.setTimeout(() => refresh(address), Math.min(15_000, 1_000 * 2 ** failures));
    } finally {
      fetching = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  /** @param {Response} response */
  async function show(response) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.getElementById("verify");
    if (next && (page.documentElement.lang !== document.documentElement.lang || !isForThese(page))) {
      // Another tab has changed the language, or the server was upgraded: what is drawn now is for scripts that are not here.
      window.location.replace("/register/verify");
      return;
    }
    if (!next) {
      if (response.status >= 500 || response.status === 429) throw new Error("not now"); // such as a proxy's page while the server restarts
      // Another page than this one: the review, the end, or a registration that is gone.
      const { pathname } = new URL(response.url);
      window.location.replace(pathname === "/register/renew" ? "/register/verify" : response.url);
      return;
    }
    const before = root.dataset.state;
    const now = next.dataset.state;
    const sameCode = root.dataset.session === next.dataset.session;
    const said = root.dataset.announce;
    const asBefore = sameCode && before === "opened" && now === "ready";
    const bothShowCode = (before === "ready" || before === "opened") && (now === "ready" || now === "opened");
    for (const name of root.getAttributeNames()) {
      if (name.startsWith("data-") && !next.hasAttribute(name)) root.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) root.setAttribute(name, value);
    if (sameCode && (before === now || bothShowCode)) replaceParts(next);
    else replaceAll(next);
    document.title = page.title;
    if (asBefore) announce(say("ScanAgain"));
    else if (!sameCode || before !== now || said !== next.dataset.announce) announce(next.dataset.announce ?? "");
    started();
  }

  /**
   * Only what is otherwise than before changes, so that a focus elsewhere stays where it is, and an answer that was
   * unfolded stays unfolded.
   * @param {HTMLElement} next
   */
  function replaceParts(next) {
    for (const part of next.querySelectorAll("[data-part]")) {
      const old = root.querySelector(`[data-part="${part.getAttribute("data-part")}"]`);
      if (old && old.getAttribute("data-is") !== part.getAttribute("data-is")) old.replaceWith(part);
    }
    for (const row of next.querySelectorAll(".steps li")) {
      const old = root.querySelector(`[data-testid="${row.getAttribute("data-testid")}"]`);
      if (old && old.getAttribute("data-state") !== row.getAttribute("data-state")) old.replaceWith(row);
    }
    const box = next.querySelector("[data-part=code]"); // unless it has just been put in place
    if (box && root.dataset.rotates !== undefined) putPicture(box);
  }

  /** @param {HTMLElement} next */
  function replaceAll(next) {
    const hadFocus = root.contains(document.activeElement);
    root.replaceChildren(...next.childNodes);
    if (hadFocus) root.querySelector("h1")?.focus({ preventScroll: true });
  }

  // The clock

  function tick() {
    banner();
    if (nextAt && root.dataset.state === "unavailable") {
      const line = root.querySelector("#retry-countdown");
      if (line) line.textContent = say("TryingAgainIn", { time: digits(Math.max(0, Math.ceil((nextAt - Date.now()) / 1000))) });
    }
    if (!deadline || !watching()) return;
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
    if (seconds === lastSecond) return;
    const text = root.querySelector("#remaining");
    if (text) text.textContent = digits(seconds);
    root.querySelector("#ring")?.setAttribute("stroke-dashoffset", String(lifetime ? 100 * (1 - Math.min(1, (seconds * 1000) / lifetime)) : 100));
    for (const at of ANNOUNCED) {
      if (seconds > at || lastSecond <= at || lastSecond === Infinity) continue;
      announce(at < 60 ? say("SecondsLeft", { n: at }) : say("MinutesLeft", { n: at / 60 }));
    }
    lastSecond = seconds;
    if (seconds === 0) {
      deadline = 0;
      window.setTimeout(refresh, 300); // the server's clock decides; this gives it a moment
    }
  }

  function banner() {
    const line = document.getElementById("banner");
    const link = document.getElementById("banner-refresh");
    if (!line || !link) return;
    const away = lost ? Date.now() - lost : 0;
    if (line.hidden && away >= BANNER_AFTER) announce(say("Reconnecting"));
    line.hidden = away < BANNER_AFTER;
    link.hidden = away < REFRESH_AFTER;
  }

  // Renewing

  async function renewIfExpired() {
    if (root.dataset.state !== "expired" || root.dataset.session === taken || document.visibilityState !== "visible") return;
    const form = root.querySelector("form#renew");
    if (!(form instanceof HTMLFormElement) || renewals() >= RENEWALS) return;
    countRenewal();
    // FormData's own type would be multipart, which the server does not take.
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) body.append(name, String(value));
    const skeleton = document.getElementById("preparing");
    if (skeleton instanceof HTMLTemplateElement) {
      root.replaceChildren(skeleton.content.cloneNode(true));
      root.dataset.state = "preparing";
    }
    try {
      await show(await fetch(form.action, { method: "POST", body, cache: "no-store" }));
    } catch {
      refresh();
    }
  }
}

/** Says of pictures that the provider no longer has that they are gone, in place of broken ones. */
function missingPictures() {
  for (const picture of document.querySelectorAll(".specimen img")) {
    if (!(picture instanceof HTMLImageElement)) continue;
    const look = async () => {
      const answer = await fetch(picture.src, { cache: "no-store" }).catch(() => undefined);
      if (answer?.status !== 410) return; // such as a moment without the server: what the picture shows stands beside it
      const about = picture.closest("section");
      about?.querySelector("[data-pictures-gone]")?.removeAttribute("hidden");
      for (const figure of about?.querySelectorAll(".specimen") ?? []) figure.remove();
      for (const empty of about?.querySelectorAll(".portraits, .sides") ?? []) empty.remove();
    };
    if (picture.complete && picture.naturalWidth === 0 && picture.currentSrc) look();
    else picture.addEventListener("error", look, { once: true });
  }
}

/** @param {string} words */
function announce(words) {
  const live = document.getElementById("live");
  if (live && words) live.textContent = words;
}

/** @param {number} seconds */
function digits(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * Shows times where the reader is.
 * @param {ParentNode} within
 */
function localTimes(within) {
  for (const shown of within.querySelectorAll("time[datetime*='T']")) {
    const at = new Date(shown.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) continue;
    // The day belongs to the time: near midnight it is another one elsewhere.
    if (shown.hasAttribute("data-date")) shown.textContent = moment(at);
    else shown.textContent = time(at);
  }
}

/**
 * A second click on a slow line must not send the form twice.
 * @param {HTMLFormElement} form
 */
function submitOnce(form) {
  if (guarded.has(form)) return;
  guarded.add(form);
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    sent = false;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  });
}

/**
 * Where there is room for it, the phone opens beside the page instead of in another tab. It stands outside the part that
 * is drawn anew, so that it goes on while the page follows it, and it comes back when the whole page is loaded again.
 * @param {HTMLElement} root
 */
function phoneHere(root) {
  const place = document.getElementById("phone-here");
  const link = root.querySelector("#open-phone");
  const session = root.dataset.session ?? "";
  if (!place) return;
  if (place.dataset.session !== session) {
    place.hidden = true; // its code has been replaced
    place.replaceChildren();
  }
  if (!(link instanceof HTMLAnchorElement)) return;
  const kept = besideOf(session);
  if (kept === "open" && place.hidden) putPhone(place, link, session);
  const choice = root.querySelector("#phone-again"); // only whose phone stood here has it here again
  if (choice instanceof HTMLElement) choice.hidden = kept === "" || !place.hidden;
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !window.matchMedia("(min-width: 1064px)").matches) return;
    event.preventDefault();
    putPhone(place, link, session).focus();
    keepBeside(session, "open");
    if (choice instanceof HTMLElement) choice.hidden = true;
  };
}

/**
 * @param {HTMLElement} place
 * @param {HTMLAnchorElement} link leads to the phone's page, and has no secret itself
 * @param {string} session
 */
function putPhone(place, link, session) {
  const phone = document.createElement("iframe");
  phone.title = say("Phone");
  phone.src = link.href;
  place.dataset.session = session;
  place.replaceChildren(phone);
  place.hidden = false;
  return phone;
}

/**
 * The phone is done, and whoever used it wants back to the page.
 * @param {MessageEvent} message
 */
function phoneGone(message) {
  const place = document.getElementById("phone-here");
  const phone = place?.querySelector("iframe");
  if (!place || !phone || message.source !== phone.contentWindow || message.origin !== location.origin || message.data !== "baton-phone-back") return;
  place.hidden = true;
  place.replaceChildren();
  keepBeside(place.dataset.session ?? "", "closed");
  if (verify) phoneHere(verify);
  document.querySelector("h1")?.focus();
}

// Whether this tab's phone stands beside the page. Only the hand-over's name is kept, which is no secret: the server leads the
// frame to the code, and the phone knows its screen again by that. Storage can be switched off; then nothing comes back.

/**
 * @param {string} session
 * @returns {"open" | "closed" | ""} nothing: it never stood there
 */
function besideOf(session) {
  try {
    const kept = window.sessionStorage.getItem(BESIDE);
    if (kept === `open ${session}`) return "open";
    return kept === `closed ${session}` ? "closed" : "";
  } catch {
    return "";
  }
}

/**
 * @param {string} session
 * @param {"open" | "closed"} how
 */
function keepBeside(session, how) {
  try {
    window.sessionStorage.setItem(BESIDE, `${how} ${session}`);
  } catch {
    // besideOf() says that it never stood there
  }
}

/**
 * Calls the server with the page's own secret, which stands in the header and nowhere else.
 * @param {string} method
 * @param {string} address
 * @param {string} pageToken
 */
async function asPage(method, address, pageToken) {
  const response = await fetch(address, {
    method, headers: { Authorization: pageToken }, cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}

/**
 * Copies a link, which is asked for when it is wanted. A page on a plain http address in the home network has no
 * clipboard; there the old way is tried, and if that fails too the link is shown and selected.
 * @param {HTMLElement} root
 */
function copying(root) {
  const button = root.querySelector("#copy-link");
  const field = root.querySelector("#copy-text");
  if (!(button instanceof HTMLButtonElement) || !(field instanceof HTMLInputElement) || !button.hidden || !field.hidden) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const asked = asPage("POST", "/api/v1/session/link", root.dataset.pageToken ?? "").then((response) => response.json());
    try {
      field.value = (await asked).link;
    } catch {
      button.textContent = say("CopyAgain");
      announce(say("CopyFailed"));
      return;
    }
    if (await copied(field)) {
      button.textContent = say("Copied");
      announce(say("CopiedSaid"));
      window.setTimeout(() => (button.textContent = say("CopyLink")), 3_000);
      return;
    }
    field.hidden = false;
    field.select();
    button.hidden = true;
    announce(say("CopySelected"));
  });
}

/** @param {HTMLInputElement} field */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.hidden = false;
    field.select();
    const done = document.execCommand("copy");
    field.hidden = done;
    return done;
  }
}

// How often this tab has renewed a code by itself. Storage can be switched off; then the page asks at once.

function renewals() {
  try {
    return Number(window.sessionStorage.getItem("renewals") ?? 0);
  } catch {
    return RENEWALS;
  }
}

function countRenewal() {
  try {
    window.sessionStorage.setItem("renewals", String(renewals() + 1));
  } catch {
    // renewals() says that there have been enough
  }
}

function forgetRenewals() {
  try {
    window.sessionStorage.removeItem("renewals");
  } catch {
    // nothing was counted
  }
}
