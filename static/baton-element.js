// @ts-check
// What `<baton-handoff>` does: it follows one session, draws where it stands, and asks the page for another when it is
// over. baton.js loads this when the first element is used.

import english from "./baton.en.js";
import style from "./baton-style.js";
import { layouts, layoutOf, update } from "./baton-draw.js";
import { Session } from "./baton-session.js";

/** @import { FrameEvent, Handoff, HandoffElement, Secret } from "./baton.js" */

/**
 * What baton.js lends, so that a copy of it under another address is not loaded beside it.
 * @typedef {{ Handoff: typeof Handoff, FrameEvent: typeof FrameEvent,
 *   addresses(server: string | null): { channel: string, api?: string } }} Core
 */

/** Codes that the element renews by itself before it asks. */
const RENEWALS = 2;
/** Waiting times before another try, in milliseconds. */
const AGAIN = [5_000, 10_000, 20_000, 60_000];
/** Frames that arrive together are drawn, and read out, as one. */
const TOGETHER = 40;
const ANNOUNCED = [300, 60, 10];
const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/;

export class View {
  /** @type {Session | undefined} */
  session;
  /** @type {Record<string, string>} */
  texts = {};
  lang = "en";
  /** When it is tried again; 0 while it is being tried. */
  retryAt = 0;
  /** Whether the person is on the phone that goes on, as far as we know or they said. */
  onPhone = isPhone();
  /** @type {ShadowRoot} */
  root;
  /** @type {HandoffElement} */
  host;

  /** @type {Core} */
  #core;
  #running = false;
  #renewing = false;
  #renewals = 0;
  #tries = 0;
  /** Nothing has been heard although it was tried. */
  #away = false;
  #beginning = false;
  #drawing = 0;
  #interval = 0;
  #spoken = 0;
  #shown = "";
  #state = "";
  /** Languages whose missing words the console has been told. @type {Set<string>} */
  #told = new Set();
  #said = { steps: 0, second: false, wrong: false, lost: false, left: Infinity };
  #resized;
  #seen = () => this.#draw();

  /**
   * @param {HandoffElement} host
   * @param {Core} core
   */
  constructor(host, core) {
    this.host = host;
    this.#core = core;
    this.root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.root.adoptedStyleSheets = [sheet];
    this.#resized = new ResizeObserver(() => update(this));
  }

  /** Begins or ends as the host comes into the document or leaves it. */
  settle() {
    if (this.host.isConnected === this.#running) return;
    this.#running = this.host.isConnected;
    if (this.#running) {
      this.#interval = window.setInterval(this.#seen, 250);
      document.addEventListener("visibilitychange", this.#seen);
      this.#resized.observe(this.host);
      this.#speak();
      this.#begin();
    } else {
      window.clearInterval(this.#interval);
      document.removeEventListener("visibilitychange", this.#seen);
      this.#resized.disconnect();
      this.session?.close(); // what it has told is kept, for the case that the host comes back
    }
  }

  /** @param {string} name of the attribute or property that has changed */
  change(name) {
    if (!this.#running) return;
    if (name === "lang" || name === "texts") this.#speak();
    else if (name === "link" || name === "verified" || name === "refused") this.#soon();
    else if (!this.#beginning) {
      this.#beginning = true;
      queueMicrotask(() => this.#beginning && this.#running && this.#begin()); // the others are set by then, and renew may have begun
    }
  }

  async #speak() {
    const spoken = (this.#spoken += 1);
    const nearest = this.host.closest("[lang]") ?? document.documentElement;
    const lang = nearest.getAttribute("lang") || "en";
    /** @type {Record<string, string>} */
    let own = {};
    try {
      own = this.host.texts ?? {};
    } catch (error) {
      reportError(error); // an attribute that is no JSON
    }
    const builtIn = /^ar\b/i.test(lang) ? (await import("./baton.ar.js").catch(() => undefined))?.default : undefined;
    if (spoken !== this.#spoken) return;
    this.lang = isLocale(lang) ? lang : "en";
    this.texts = { ...english, ...builtIn, ...own };
    this.#missing(own, builtIn);
    this.#shown = "";
    this.#draw();
  }

  /**
   * Tells whoever translates which words stay English and which are never said, once for each language.
   * @param {Record<string, string>} own
   * @param {Record<string, string>} [builtIn]
   */
  #missing(own, builtIn) {
    if (this.#told.has(this.lang)) return;
    const said = { ...builtIn, ...own };
    const keys = Object.keys(english);
    const untold = /^en\b/i.test(this.lang) ? [] : keys.filter((key) => !(key in said) && !this.host.querySelector(`:scope > [slot="${CSS.escape(key)}"]`));
    // A reason of the page's own is written as a code.
    const unknown = Object.keys(own).filter((key) => !(key in english) && !/^[A-Z_]+$/.test(key));
    const problems = [];
    if (untold.length > 0) problems.push(`says these in English, because texts has no words for them: ${untold.join(", ")}`);
    if (unknown.length > 0) problems.push(`never says these of texts, because it knows no such keys: ${unknown.join(", ")}`);
    if (problems.length === 0) return;
    this.#told.add(this.lang);
    console.warn(`baton: <baton-handoff lang="${this.lang}"> ${problems.join("; it ")}`);
  }

  /** Follows the session that the attributes name. */
  #begin() {
    this.#beginning = false;
    const { qrCodeText, pageToken, src } = this.host;
    /** @type {Secret | undefined} */
    const secret = pageToken ? { pageToken } : qrCodeText ? { qrCodeText } : undefined;
    const key = JSON.stringify([secret, src]);
    if (this.session?.key === key) {
      if (!this.session.over) this.#open(this.session);
      return;
    }
    this.session?.close();
    this.session = undefined;
    this.retryAt = 0;
    this.#away = false;
    this.#said = { steps: 0, second: false, wrong: false, lost: false, left: Infinity };
    if (secret) {
      try {
        this.session = new Session(key, secret, this.#core.addresses(src), () => this.#soon());
        this.#open(this.session);
      } catch (error) {
        reportError(error); // an address that is none
        this.session?.refuse("INVALID_INPUT");
      }
    }
    this.#draw();
  }

  /** @param {Session} session */
  #open(session) {
    const { Handoff, FrameEvent } = this.#core;
    session.open(Handoff, (event) => {
      const { type, connected } = event;
      if (session.heard) {
        this.#away = false;
        this.#tries = 0;
      } else if (connected === false) this.#unavailable();
      if (session.taken) this.#renewals = 0;
      if (type !== "snapshot" && type !== "picture") this.host.dispatchEvent(new FrameEvent(type, { ...event }, { bubbles: true, composed: true }));
      this.#soon();
    });
  }

  /** Opens the connection anew, because the person is tired of waiting. */
  reconnect() {
    if (this.session) this.#open(this.session);
  }

  /** Nothing has been heard at all: the person is told, and it is tried again. */
  #unavailable() {
    this.session?.close();
    this.#away = true;
    this.retryAt = Date.now() + AGAIN[Math.min(this.#tries, AGAIN.length - 1)];
    this.#tries += 1;
  }

  /** Tries again what could not be reached. */
  retry() {
    this.retryAt = 0;
    const session = this.session;
    if (session) {
      session.lostAt = 0;
      this.#open(session);
      this.#draw();
    } else this.renew();
  }

  /** Asks the page for a new session. */
  async renew() {
    const { renew } = this.host;
    if (this.#renewing || !renew) return;
    this.#renewing = true;
    this.session?.close();
    this.#draw();
    try {
      const { qrCodeText = null, pageToken = null, link = null } = await renew.call(this.host);
      this.#away = false;
      Object.assign(this.host, { qrCodeText, pageToken, link, verified: false, refused: null });
      this.#begin();
    } catch (error) {
      console.error("baton: renew failed, and is called again", error);
      this.session = undefined;
      this.#unavailable();
    } finally {
      this.#renewing = false;
    }
    this.#draw();
  }

  state() {
    const { session, host } = this;
    if (host.verified) return "verified";
    if (host.refused) return "failed";
    if (this.#away) return "unavailable";
    if (this.#renewing || !session) return "preparing";
    return session.state();
  }

  /** Draws once what happens within a moment. */
  #soon() {
    this.#drawing ||= window.setTimeout(() => {
      this.#drawing = 0;
      this.#draw();
    }, TOGETHER);
  }

  /** Brings what is shown to where things stand, and does what is due. */
  #draw() {
    if (!this.#running || !this.texts.title) return;
    this.#due();
    const state = this.state();
    const layout = layoutOf(state);
    const shown = [layout, ...Object.values(this.reason())].join();
    if (shown !== this.#shown) {
      const body = this.root.querySelector("#body") ?? this.#frame();
      const hadFocus = body.contains(this.root.activeElement);
      body.replaceChildren(...layouts[layout](this));
      if (hadFocus) this.root.querySelector("h2")?.focus({ preventScroll: true });
      this.#shown = shown;
    }
    this.root.querySelector("#body")?.setAttribute("class", state);
    update(this);
    this.#announce(state);
  }

  #frame() {
    const frame = layouts.frame(this);
    this.root.replaceChildren(...frame);
    return /** @type {Element} */ (this.root.querySelector("#body"));
  }

  /** What time brings. */
  #due() {
    const { session, host } = this;
    if (document.visibilityState !== "visible") return;
    if (this.retryAt && this.retryAt <= Date.now()) this.retry();
    else if (!session && !this.retryAt && host.renew) this.renew();
    else if (session && this.state() === "expired" && !session.taken && this.#renewals < RENEWALS && host.renew) {
      this.#renewals += 1;
      this.renew();
    }
    const state = this.state();
    if (session && this.onPhone && (state === "ready" || state === "opened")) session.keepLink(host.link);
    if (session?.scanOnly) this.onPhone = false;
  }

  /**
   * The words of a key, or those that the page has put in their place.
   * @param {string} key
   * @param {Record<string, string>} [values]
   */
  words(key, values = {}) {
    const own = this.host.querySelector(`:scope > [slot="${CSS.escape(key)}"]`)?.textContent;
    return (own ?? this.texts[key] ?? key).replace(/{(\w+)}/g, (_, name) => values[name] ?? "");
  }

  /** @param {string} text */
  say(text) {
    const live = this.root.querySelector("#live");
    if (live && text) live.textContent = text;
  }

  /** @param {string} state */
  #announce(state) {
    const { session } = this;
    const said = this.#said;
    const before = this.#state;
    this.#state = state;
    const told = session?.told ?? [];
    if (state !== before) this.say(this.#entering(state, before));
    else if (told.length > said.steps && state === "claimed") {
      const { service, skipped } = told[told.length - 1];
      const next = session?.rows().find((step) => step.state === "current");
      this.say(`${this.words(service)}: ${this.words(skipped ? "skipped" : "done")}.${next ? ` ${this.words("now")}: ${this.words(next.service)}.` : ""}`);
    }
    said.steps = told.length;
    if (!session || !["ready", "opened", "confirm", "claimed"].includes(state)) return;
    if (session.wrong && !said.wrong && state === "confirm") this.say(this.words("confirmWrong"));
    if (session.second && !said.second) this.say(this.words("second"));
    const lost = session.lostAt > 0 && Date.now() - session.lostAt > 1_000;
    if (lost && !said.lost) this.say(this.words("reconnecting"));
    const left = this.secondsLeft();
    for (const at of ANNOUNCED) {
      if (left <= at && said.left > at && said.left !== Infinity) this.say(this.words(`left${at}`, { number: (at < 60 ? at : at / 60).toLocaleString(this.lang) }));
    }
    Object.assign(said, { wrong: session.wrong, second: session.second, lost, left });
  }

  /**
   * @param {string} state
   * @param {string} before
   */
  #entering(state, before) {
    if (state === "ready") return this.words(before === "opened" ? "readyAgain" : this.onPhone ? "readyHere" : "ready");
    if (state === "confirm") return this.words("confirmSaid", { number: [...(this.session?.number ?? "")].join(" ") });
    if (state === "claimed") return this.words("claimed");
    if (state === "failed" || state === "cancelled") return this.words(this.reason().key);
    if (state === "preparing") return before === "" ? "" : this.words("preparing");
    return state === "opened" ? this.words("opened") : this.words(state + "Title");
  }

  /** Why it did not work, and the code to name where that is ours to find out. */
  reason() {
    const code = this.host.refused || this.session?.reason || "";
    const key = /TOO_MANY_ATTEMPTS$/.test(code) ? "FACE_NO_MATCH" : /READING_NOT_SUPPORTED$/.test(code) ? "READ_NFC_UNAVAILABLE"
      : /^(SESSION_EXPIRED_OR_NOT_FOUND|REQUEST_TIMEOUT)$/.test(code) ? "SESSION_EXPIRED" : code;
    return /^[A-Z_]+$/.test(key) && key in this.texts ? { key } : { key: "otherReason", code };
  }

  secondsLeft() {
    return Math.max(0, Math.ceil(((this.session?.expiresAt ?? 0) - (this.session?.now ?? 0)) / 1_000));
  }

  /** @param {number} seconds */
  clock(seconds) {
    const number = (/** @type {number} */ value, digits = 1) => value.toLocaleString(this.lang, { minimumIntegerDigits: digits, useGrouping: false });
    return `${number(Math.floor(seconds / 60))}:${number(seconds % 60, 2)}`;
  }

  direction() {
    return this.host.getAttribute("dir") ?? (RIGHT_TO_LEFT.test(this.lang) ? "rtl" : "ltr");
  }
}

function isPhone() {
  const { userAgent, maxTouchPoints } = navigator;
  return /Android|iPhone|iPad|iPod|Mobile/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1); // an iPad says that it is a Mac
}

/** @param {string} lang */
function isLocale(lang) {
  try {
    return Intl.getCanonicalLocales(lang).length > 0;
  } catch {
    return false;
  }
}
