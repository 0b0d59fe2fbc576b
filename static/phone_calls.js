// @ts-check
/** How the phone's page speaks with the server: as one phone, and until it is answered. */

/** Waiting before a call is tried again, in milliseconds: at first, and at most. */
const FIRST_WAIT = 500;
const LAST_WAIT = 10_000;
/** A call that takes longer is given up and tried again. Milliseconds. */
const CALL_TIMEOUT = 15_000;
/** Random bytes of a device's secret, which make 32 characters. */
const DEVICE_BYTES = 24;
/** How long a device's secret is kept, in milliseconds: a little longer than any code is valid. */
const DEVICE_KEPT = 35 * 60_000;
const DEVICE_PREFIX = "baton-phone-device-";

/** A call that trying again would not change. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {string} requestId
   */
  constructor(status, code, message, requestId) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** Thrown through a flow that another one has replaced. */
export class Replaced extends Error {}

/** One phone with one code: what it shows the server at every call. */
export class Identity {
  /** What stood beside the ticket in a picture that changes, or in a copied link; gone once the phone is bound. */
  #code;
  #device;

  /** @param {string} fragment of the address, without its # */
  constructor(fragment) {
    const [ticket, ...code] = fragment.split("-");
    this.ticket = ticket;
    this.#code = code.join("-");
    /** Names the code in this browser's storage. */
    this.key = fingerprint(ticket);
    this.#device = ticket === "" ? "" : deviceFor(this.key);
  }

  /** @returns {Record<string, string>} */
  get headers() {
    const text = this.#code === "" ? this.ticket : `${this.ticket}-${this.#code}`;
    return { Authorization: text, "Baton-Device": this.#device };
  }

  /** The server has taken this phone: from here on the ticket is enough, and the address need not show the rest. */
  bound() {
    if (this.#code === "") return;
    this.#code = "";
    history.replaceState(history.state, "", `${location.pathname}${location.search}#${this.ticket}`);
  }
}

/**
 * The secret by which the server knows this phone again. It is the same in every tab of this browser: whoever scans the
 * code a second time holds the same phone.
 * @param {string} key
 */
function deviceFor(key) {
  const bytes = crypto.getRandomValues(new Uint8Array(DEVICE_BYTES));
  const fresh = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
  try {
    forgetOldDevices();
    const { device } = JSON.parse(localStorage.getItem(DEVICE_PREFIX + key) ?? "{}");
    if (/^[\w-]{22,128}$/.test(device)) return device;
    localStorage.setItem(DEVICE_PREFIX + key, JSON.stringify({ device: fresh, until: Date.now() + DEVICE_KEPT }));
  } catch {
    // Storage is full or switched off: this phone is the same until the page is loaded again.
  }
  return fresh;
}

function forgetOldDevices() {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(DEVICE_PREFIX)) continue;
    let until = 0;
    try {
      until = Number(JSON.parse(localStorage.getItem(name) ?? "{}").until);
    } catch {
      // What cannot be read goes as well.
    }
    if (!(until > Date.now())) localStorage.removeItem(name);
  }
}

/**
 * Names a code in this browser's storage without storing it: 64 bits that do not lead back to its 160. The browser's own
 * digests are missing on a page that came over plain HTTP.
 * @param {string} text
 */
function fingerprint(text) {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const character of text) {
    a = Math.imul(a ^ character.charCodeAt(0), 0x01000193);
    b = Math.imul(b ^ character.charCodeAt(0), 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a, b].map((n) => (n >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Makes calls, and says so on the page while it has to wait for an answer. */
export class Caller {
  #waiting;
  /** How long the next call is without a network, and until when the current ones are. Milliseconds. */
  #cut = 0;
  #cutUntil = 0;

  /** @param {HTMLElement} waiting shown meanwhile */
  constructor(waiting) {
    this.#waiting = waiting;
  }

  /**
   * Takes the network away from this phone, from its next call on.
   * @param {number} milliseconds
   */
  cut(milliseconds) {
    this.#cut = milliseconds;
  }

  /**
   * Makes a call until it is answered: each is safe to repeat. Throws Refused for an answer that would stay the same, and
   * Replaced once signal has ended.
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} headers
   * @param {unknown} body
   * @param {AbortSignal} signal
   * @returns {Promise<any>} the decoded JSON, or the text of another answer
   */
  async call(method, path, headers, body, signal) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.once(method, path, headers, body, signal);
        this.#waiting.hidden = true;
        return answer;
      } catch (error) {
        if (signal.aborted) throw new Replaced();
        if (error instanceof Refused && error.status < 500 && error.status !== 429 && error.status !== 408) {
          this.#waiting.hidden = true;
          throw error;
        }
      }
      this.#waiting.hidden = false;
      const cap = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(attempt, 10));
      await sleep(cap / 2 + (Math.random() * cap) / 2, signal, true);
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} headers
   * @param {unknown} body
   * @param {AbortSignal} signal
   */
  async once(method, path, headers, body, signal) {
    if (this.#cut > 0) {
      this.#cutUntil = Date.now() + this.#cut;
      this.#cut = 0;
    }
    if (Date.now() < this.#cutUntil) throw new TypeError("this phone has no network for a moment");
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener("abort", abort);
    const timer = window.setTimeout(abort, CALL_TIMEOUT);
    try {
      const answer = await fetch(path, {
        method,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
        signal: attempt.signal,
      });
      const text = await answer.text();
      const isJSON = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
      const content = isJSON && text !== "" ? JSON.parse(text) : text;
      if (answer.ok) return content;
      throw new Refused(answer.status, content.error ?? "", content.message ?? "", content.requestId ?? "");
    } finally {
      window.clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @param {boolean} [untilOnline] ends early when the network comes back
 * @returns {Promise<void>}
 */
export function sleep(milliseconds, signal, untilOnline = false) {
  return new Promise((resolve, reject) => {
    const done = () => {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(new Replaced());
      else resolve();
    };
    const timer = window.setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    if (untilOnline) window.addEventListener("online", done);
    if (signal.aborted) done();
  });
}
