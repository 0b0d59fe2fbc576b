// @ts-check
// What `<baton-handoff>` does: it follows one session, draws where it stands, and asks the page for another when it is
// over. baton.js loads this when the first element is used.

import english from "./baton.en.js";
import style from "./baton-style.js";
import { layouts, layoutOf, update } from "./baton-draw.js";

/** @import { FrameEvent, Handoff, HandoffElement, Secret, Service, Status } from "./baton.js" */

/**
 * What baton.js lends, so that a copy of it under another address is not loaded beside it.
 * @typedef {{ Handoff: typeof Handoff, FrameEvent: typeof FrameEvent,
 *   addresses(server: string | null): { channel: string, api?: string } }} Core
 */

/**
 * @typedef {object} Session
 * @property {string} key what tells it from another
 * @property {Secret} secret
 * @property {string} channel
 * @property {string} [api]
 * @property {Handoff} [handoff]
 * @property {boolean} heard whether the server has said anything
 * @property {number} seq
 * @property {Status} status
 * @property {string} reason of its end; also where the channel refused us
 * @property {boolean} refused the channel did
 * @property {boolean} taken a phone had claimed it
 * @property {Service[]} steps
 * @property {{ service: Service, at: string, skipped: boolean }[]} told
 * @property {boolean} finished
 * @property {string} number
 * @property {boolean} wrong another number was entered
 * @property {boolean} second another phone came
 * @property {number} openedUntil
 * @property {number} expiresAt
 * @property {number} lifetime as far as this page knows it
 * @property {number} lostAt
 * @property {{ modules: number, path: string }} [picture]
 * @property {number} askedAt when the picture was asked for last
 * @property {string} link
 * @property {number} linkAt
 */

/** A link that was opened on a phone and not claimed may have been opened by a preview: the code comes back. */
const OPENED_FOR = 60_000;
/** Codes that the element renews by itself before it asks. */
const RENEWALS = 2;
/** A picture that has just been asked for is not asked for again: the code before the current one counts too. */
const FRESH = 1_000;
/** A copied link of a rotating code counts for 5 minutes. */
const LINK_FRESH = 240_000;
/** Waiting times before another try, in milliseconds. */
const AGAIN = [5_000, 10_000, 20_000, 60_000];
const PICTURE_AGAIN = 2_000;
const ANSWER_WITHIN = 15_000;
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
  #skew = 0;
  #beginning = false;
  #drawing = 0;
  #interval = 0;
  #spoken = 0;
  #shown = "";
  #state = "";
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
      this.session?.handoff?.close(); // what it has told is kept, for the case that the host comes back
    }
  }

  /** @param {string} name of the attribute or property that has changed */
  change(name) {
    if (!this.#running) return;
    if (name === "lang" || name === "texts") this.#speak();
    else if (name === "link" || name === "verified" || name === "refused") this.#soon();
    else if (!this.#beginning) {
      this.#beginning = true;
      queueMicrotask(() => this.#running && this.#begin()); // the others are set by then
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
    this.#shown = "";
    this.#draw();
  }

  /** Follows the session that the attributes name. */
  #begin() {
    this.#beginning = false;
    const { qrCodeText, pageToken, src } = this.host;
    /** @type {Secret | undefined} */
    const secret = pageToken ? { pageToken } : qrCodeText ? { qrCodeText } : undefined;
    const key = JSON.stringify([secret, src]);
    if (this.session?.key === key) {
      if (!this.#over()) this.#open(this.session);
      return;
    }
    this.session?.handoff?.close();
    this.session = undefined;
    this.retryAt = 0;
    this.#away = false;
    this.#said = { steps: 0, second: false, wrong: false, lost: false, left: Infinity };
    if (secret) {
      try {
        const session = (this.session = { ...BEGINNING, ...this.#core.addresses(src), key, secret });
        this.#open(session);
        this.#picture(session);
      } catch (error) {
        reportError(error); // an address that is none
        if (this.session) Object.assign(this.session, { refused: true, reason: "INVALID_INPUT" });
      }
    }
    this.#draw();
  }

  #over() {
    const session = this.session;
    return !session || session.refused || session.finished || !["created", "claimed"].includes(session.status);
  }

  /** @param {Session} session */
  #open(session) {
    session.handoff?.close();
    const handoff = (session.handoff = new this.#core.Handoff({ ...session.secret, url: session.channel, after: session.seq, pictures: true }));
    const heard = (/** @type {any} */ event) => {
      const { type } = event;
      if (type === "snapshot") this.#place(session, event);
      else if (type === "picture") this.#picture(session);
      else this.#take(session, type, event);
      if (type !== "snapshot" && type !== "picture") this.host.dispatchEvent(new this.#core.FrameEvent(type, { ...event }, { bubbles: true, composed: true }));
      this.#soon();
    };
    for (const type of ["snapshot", "picture", "service", "status", "notice", "expired", "error", "connection"]) handoff.addEventListener(type, heard);
  }

  /** Opens the connection anew, because the person is tired of waiting. */
  reconnect() {
    if (this.session) this.#open(this.session);
  }

  /**
   * @param {Session} session
   * @param {{ status: Status, reason?: string, steps: Service[], expiresAt: string }} snapshot
   */
  #place(session, { status, reason, steps, expiresAt }) {
    session.heard = true;
    this.#tries = 0;
    this.#away = false;
    session.steps = steps;
    session.expiresAt = Date.parse(expiresAt);
    session.lifetime ||= session.expiresAt - this.now();
    this.#stands(session, status, reason);
  }

  /**
   * @param {Session} session
   * @param {Status} status
   * @param {string} [reason]
   */
  #stands(session, status, reason) {
    session.status = status;
    session.reason = reason ?? "";
    if (status === "claimed" || status === "completed") {
      session.taken = true;
      this.#renewals = 0;
    }
  }

  /**
   * @param {Session} session
   * @param {string} type
   * @param {any} event
   */
  #take(session, type, event) {
    session.seq = event.seq ?? session.seq;
    const { service, at, notice } = event;
    if (type === "service") session.told.push({ service, at, skipped: false });
    if (service === "INFO" && type === "service") session.finished = true;
    if (type === "status") this.#stands(session, event.status, event.reason);
    if (notice === "opened") session.openedUntil = Date.parse(at) + OPENED_FOR;
    if (notice === "skipped") session.told.push({ service, at, skipped: true });
    if (notice === "confirm") session.number = event.number;
    if (notice === "confirm_failed") session.wrong = true;
    if (notice === "second_claim") session.second = true;
    if (type === "expired" && ["created", "claimed"].includes(session.status)) session.status = "expired";
    if (type === "error") Object.assign(session, { refused: true, reason: event.reason || String(event.code) });
    if (type === "connection") {
      session.lostAt = event.connected ? 0 : session.lostAt || Date.now();
      if (!event.connected && !session.heard) this.#unavailable();
    }
  }

  /** Nothing has been heard at all: the person is told, and it is tried again. */
  #unavailable() {
    this.session?.handoff?.close();
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
      if (!session.picture) this.#picture(session);
      this.#draw();
    } else this.renew();
  }

  /** Asks the page for a new session. */
  async renew() {
    const { renew } = this.host;
    if (this.#renewing || !renew) return;
    this.#renewing = true;
    this.session?.handoff?.close();
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

  /** The time at the server, as well as it is known. */
  now() {
    return Date.now() + this.#skew;
  }

  /**
   * @param {Session} session
   * @param {string} method
   * @param {string} path
   */
  async #call(session, method, path) {
    const Authorization = Object.values(session.secret)[0];
    const response = await fetch(session.api + path, {
      method, headers: { Authorization }, cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (Math.abs(date - this.now()) > 2_000) this.#skew = date - Date.now(); // the clock here is wrong
    if (!response.ok) throw Object.assign(new Error(`baton: ${path} was answered ${response.status}`), { status: response.status });
    return response;
  }

  /**
   * Fetches the code of this moment.
   * @param {Session} session
   */
  async #picture(session, pause = PICTURE_AGAIN) {
    if (Date.now() - session.askedAt < FRESH) return;
    const asked = (session.askedAt = Date.now());
    const current = () => this.#running && session === this.session && session.askedAt === asked && session.status === "created";
    try {
      const response = await this.#call(session, "GET", "/qr.svg?link=true");
      // Two attributes are taken, of a form that can be nothing but a drawing; no element of the answer comes into the page.
      const drawn = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
      const [, modules] = /^0 0 (\d+) \1$/.exec(drawn.getAttribute("viewBox") ?? "") ?? [];
      const path = drawn.querySelector("path")?.getAttribute("d") ?? "";
      if (!modules || !/^[MmhvzHV\d -]+$/.test(path)) throw new TypeError("baton: the picture is none");
      if (current()) session.picture = { modules: Number(modules), path };
    } catch (error) {
      const { status } = /** @type {{ status?: number }} */ (error);
      if (status === 403 || status === 404) return; // the channel says why
      window.setTimeout(() => current() && this.#picture(session, Math.min(2 * pause, 60_000)), pause);
    }
    this.#soon();
  }

  /**
   * The link that the person takes to the phone by hand. That of a page of its own is the server's to give: a changing
   * code has one for each time.
   * @param {Session} session
   * @returns {Promise<string>}
   */
  async link(session) {
    const { link } = this.host;
    if (link && "qrCodeText" in session.secret) return link;
    return (await (await this.#call(session, "POST", "/link")).json()).link;
  }

  /** @param {Session} session */
  async #fetchLink(session) {
    session.linkAt = Date.now();
    try {
      const link = await this.link(session);
      if (!/^(javascript|data|vbscript):/i.test(link.trim())) session.link = link;
    } catch (error) {
      if (/** @type {{ status?: number }} */ (error).status === 403) this.onPhone = false; // the code can only be scanned
      else session.linkAt += PICTURE_AGAIN - LINK_FRESH;
    }
    this.#soon();
  }

  state() {
    const { session, host } = this;
    if (host.verified) return "verified";
    if (host.refused) return "failed";
    if (this.#away) return "unavailable";
    if (this.#renewing || !session) return "preparing";
    if (session.refused) return "failed";
    if (session.finished || session.status === "completed") return "checking";
    if (session.status === "failed" || session.status === "cancelled") return session.status;
    if (session.status === "expired" || session.status === "deleted") return "expired";
    if (session.status === "claimed") return "claimed";
    if (session.number) return "confirm";
    if (!session.picture) return "preparing";
    return session.openedUntil > this.now() ? "opened" : "ready";
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
    if (session && this.onPhone && (state === "ready" || state === "opened") && Date.now() - session.linkAt > LINK_FRESH) this.#fetchLink(session);
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
      const next = stepsOf(session).find((step) => step.state === "current");
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
    return Math.max(0, Math.ceil(((this.session?.expiresAt ?? 0) - this.now()) / 1_000));
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

/** @type {Omit<Session, "key" | "secret" | "channel">} */
const BEGINNING = {
  heard: false, seq: 0, status: "created", reason: "", refused: false, taken: false, steps: [], told: [], finished: false, number: "",
  wrong: false, second: false, openedUntil: 0, expiresAt: 0, lifetime: 0, lostAt: 0, askedAt: -FRESH, link: "", linkAt: -LINK_FRESH,
};

/**
 * The steps that are expected and those that came unexpectedly, each with where it stands. A step can be there twice.
 * @param {Session | undefined} session
 */
export function stepsOf(session) {
  const told = [...(session?.told ?? [])];
  const steps = (session?.steps ?? []).map((service) => {
    const at = told.findIndex((one) => one.service === service);
    const [done] = at < 0 ? [] : told.splice(at, 1);
    return { service, at: done?.at ?? "", state: done ? (done.skipped ? "skipped" : "done") : "todo" };
  });
  // A document more than expected is the same step once again.
  for (const { service, at, skipped } of told) {
    if (!steps.some((step) => step.service === service)) steps.push({ service, at, state: skipped ? "skipped" : "done" });
  }
  const current = steps.find((step) => step.state === "todo");
  if (current) current.state = "current";
  return steps;
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
