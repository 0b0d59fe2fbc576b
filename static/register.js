// @ts-check
/**
 * The script of the demonstration's registration pages. The server draws every state; this only hears of what has
 * changed, fetches the page again and puts the new state in place of the old one, so that nothing jumps and a screen
 * reader hears of it once. Without it the pages reload themselves.
 */

import { makeBeside } from "./register_beside.js";
import { ANSWER_WITHIN, countRenewal, forgetRenewals, makeCode, mayRenew } from "./register_code.js";
import { isForThese } from "./versions.js";
import { wordsOf } from "./words.js";

/** How often a page looks that has no channel, because its module did not load. Milliseconds. */
const LOOK_EVERY = 5_000;
/** A connection that comes back sooner is not worth a word. */
const BANNER_AFTER = 1_000;
/** From then on the person may want to do something. */
const REFRESH_AFTER = 30_000;
/** Seconds left at which a screen reader is told. */
const ANNOUNCED = [300, 60, 10];

const { say, showTimes } = wordsOf(/** @type {HTMLElement} */ (document.getElementById("main")));

/** Forms that are looked after already. */
const guarded = new WeakSet();

showTimes(document);
for (const form of document.forms) submitOnce(form);
missingPictures();
const verify = document.getElementById("verify");
if (verify) follow(verify);

/** @param {HTMLElement} root */
function follow(root) {
  const code = makeCode({ root, isShown: showsCode, say, announce });
  const beside = makeBeside(root, say("Phone"));
  /** @type {{ close(): void } | undefined} */
  let channel;
  /** The code that the channel watches, and one whose channel has ended for good. */
  let watched = "";
  let ended = "";
  let deadline = 0;
  let lifetime = 0;
  let lastSecond = Infinity;
  let fetching = false;
  /** A new code is asked for: until it comes, the server draws the end of the old one, which would be renewed once more. */
  let renewing = false;
  /** A refresh is due as soon as neither goes on. */
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

    showTimes(root);
    code.offerLink();
    beside.offer();
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
        onPicture: root.dataset.rotates === undefined ? undefined : () => code.renewPicture(),
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

  // Putting the next state in place

  /** @param {string} [address] */
  async function refresh(address = "/register/verify") {
    if (fetching || renewing) {
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
      refreshIfDue();
    }
  }

  function refreshIfDue() {
    if (!again) return;
    again = false;
    refresh();
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
    if (box && root.dataset.rotates !== undefined) code.putPicture(box);
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
    if (renewing || root.dataset.state !== "expired" || root.dataset.session === taken || document.visibilityState !== "visible") return;
    const form = root.querySelector("form#renew");
    if (!(form instanceof HTMLFormElement) || !mayRenew()) return;
    countRenewal();
    // FormData's own type would be multipart, which the server does not take.
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) body.append(name, String(value));
    const skeleton = document.getElementById("preparing");
    if (skeleton instanceof HTMLTemplateElement) {
      root.replaceChildren(skeleton.content.cloneNode(true));
      root.dataset.state = "preparing";
    }
    renewing = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) }).finally(() => (renewing = false));
      await show(answer);
    } catch {
      again = true;
    }
    refreshIfDue();
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
