// @ts-check
// What the element knows of the one session that it follows, and its calls of the server. It draws nothing.

/** @import { Handoff, Secret, Service, Status } from "./baton.js" */

/** A link that was opened on a phone and not claimed may have been opened by a preview: the code comes back. */
const OPENED_FOR = 60_000;
/** A picture that has just been asked for is not asked for again: the code before the current one counts too. */
const FRESH = 1_000;
/** A copied link of a changing code counts for 5 minutes. */
const LINK_FRESH = 240_000;
/** Waiting times in milliseconds. */
const AGAIN = 2_000;
const AGAIN_AT_MOST = 60_000;
const ANSWER_WITHIN = 15_000;
/** A clock that is off by less is not worth a word: the server's time comes in whole seconds. */
const CLOCK = 2_000;

const TYPES = ["snapshot", "picture", "service", "status", "notice", "expired", "error", "connection"];

export class Session {
  /** Whether the server has said anything. */
  heard = false;
  /** @type {Status} */
  status = "created";
  /** Of its end; where the channel refused us, the error's name. */
  reason = "";
  refused = false;
  /** A phone had claimed it. */
  taken = false;
  /** INFO has come. */
  finished = false;
  /** @type {Service[]} */
  steps = [];
  /** @type {{ service: Service, at: string, skipped: boolean }[]} */
  told = [];
  /** To enter on the phone; and whether another one was entered. */
  number = "";
  wrong = false;
  /** Another phone came. */
  second = false;
  expiresAt = 0;
  /** As far as this page knows it. */
  lifetime = 0;
  lostAt = 0;
  /** @type {{ modules: number, path: string } | undefined} */
  picture;
  /** What the button on a phone opens. */
  link = "";
  /** The code cannot be copied. */
  scanOnly = false;

  #seq = 0;
  #openedUntil = 0;
  #askedAt = -Infinity;
  #linkAt = -Infinity;
  #skew = 0;
  #changed;
  /** @type {Handoff | undefined} */
  #handoff;

  /**
   * @param {string} key what tells it from another
   * @param {Secret} secret
   * @param {{ channel: string, api?: string }} addresses
   * @param {() => void} changed is called for each change that no event of the channel brought
   */
  constructor(key, secret, { channel, api }, changed) {
    this.key = key;
    this.secret = secret;
    this.channel = channel;
    this.api = api;
    this.#changed = changed;
  }

  get over() {
    return this.refused || this.finished || !["created", "claimed"].includes(this.status);
  }

  /** The time at the server, as well as it is known. */
  get now() {
    return Date.now() + this.#skew;
  }

  /**
   * Opens the channel, or opens it anew: what has been told is not told again.
   * @param {typeof Handoff} Channel
   * @param {(event: any) => void} tell takes what the channel tells, once it is known here
   */
  open(Channel, tell) {
    this.close();
    const handoff = (this.#handoff = new Channel({ ...this.secret, url: this.channel, after: this.#seq, pictures: true }));
    for (const type of TYPES) {
      handoff.addEventListener(type, (event) => {
        this.#take(event);
        tell(event);
      });
    }
    if (!this.picture) this.#draw();
  }

  close() {
    this.#handoff?.close();
    this.#handoff = undefined;
  }

  /** @param {any} event */
  #take(event) {
    const { type, service, at, notice } = event;
    if (type === "picture") return this.#draw();
    if (type === "snapshot") {
      this.heard = true;
      this.steps = event.steps;
      this.expiresAt = Date.parse(event.expiresAt);
      this.lifetime ||= this.expiresAt - this.now;
    } else this.#seq = event.seq ?? this.#seq;
    if (type === "snapshot" || type === "status") {
      this.status = event.status;
      this.reason = event.reason ?? "";
      this.taken ||= this.status === "claimed" || this.status === "completed";
    }
    if (type === "service" || notice === "skipped") this.told.push({ service, at, skipped: type === "notice" });
    if (type === "service" && service === "INFO") this.finished = true;
    if (notice === "opened") this.#openedUntil = Date.parse(at) + OPENED_FOR;
    if (notice === "confirm") this.number = event.number;
    if (notice === "confirm_failed") this.wrong = true;
    if (notice === "second_claim") this.second = true;
    if (type === "expired" && !this.over) this.status = "expired";
    if (type === "error") this.refuse(event.reason || String(event.code));
    if (type === "connection") this.lostAt = event.connected ? 0 : this.lostAt || Date.now();
  }

  /** @param {string} reason */
  refuse(reason) {
    this.refused = true;
    this.reason = reason;
  }

  state() {
    if (this.refused) return "failed";
    if (this.finished || this.status === "completed") return "checking";
    if (this.status === "deleted") return "expired";
    if (this.status !== "created") return this.status;
    if (this.number) return "confirm";
    if (!this.picture) return "preparing";
    return this.#openedUntil > this.now ? "opened" : "ready";
  }

  /** The steps that are expected and those that came unexpectedly, each with where it stands. A step can be there twice. */
  rows() {
    const told = [...this.told];
    const rows = this.steps.map((service) => {
      const at = told.findIndex((one) => one.service === service);
      const [done] = at < 0 ? [] : told.splice(at, 1);
      return { service, at: done?.at ?? "", state: done ? (done.skipped ? "skipped" : "done") : "todo" };
    });
    // A document more than expected is the same step once again.
    for (const { service, at, skipped } of told) {
      if (!rows.some((row) => row.service === service)) rows.push({ service, at, state: skipped ? "skipped" : "done" });
    }
    const current = rows.find((row) => row.state === "todo");
    if (current) current.state = "current";
    return rows;
  }

  /**
   * @param {string} method
   * @param {string} path
   */
  async #call(method, path) {
    const Authorization = Object.values(this.secret)[0];
    const response = await fetch(this.api + path, {
      method, headers: { Authorization }, cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (Math.abs(date - this.now) > CLOCK) this.#skew = date - Date.now(); // the clock here is wrong
    if (!response.ok) throw Object.assign(new Error(`baton: ${path} was answered ${response.status}`), { status: response.status });
    return response;
  }

  /** Fetches the code of this moment. */
  async #draw(pause = AGAIN) {
    if (Date.now() - this.#askedAt < FRESH) return;
    const asked = (this.#askedAt = Date.now());
    const current = () => this.#handoff !== undefined && this.#askedAt === asked && this.status === "created";
    try {
      const response = await this.#call("GET", "/qr.svg?link=true");
      // Two attributes are taken, of a form that can be nothing but a drawing; no element of the answer comes into the page.
      const drawn = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
      const [, modules] = /^0 0 (\d+) \1$/.exec(drawn.getAttribute("viewBox") ?? "") ?? [];
      const path = drawn.querySelector("path")?.getAttribute("d") ?? "";
      if (!modules || !/^[MmhvzHV\d -]+$/.test(path)) throw new TypeError("baton: the picture is none");
      if (current()) this.picture = { modules: Number(modules), path };
    } catch (error) {
      const { status } = /** @type {{ status?: number }} */ (error);
      if (status === 403 || status === 404) return; // the channel says why
      window.setTimeout(() => current() && this.#draw(Math.min(2 * pause, AGAIN_AT_MOST)), pause);
    }
    this.#changed();
  }

  /**
   * The link that the person takes to the phone by hand. Where the page has a token it is the server's to give: a changing
   * code has one for each time.
   * @param {string | null} own the page's
   * @returns {Promise<string>}
   */
  async copied(own) {
    return own && "qrCodeText" in this.secret ? own : (await (await this.#call("POST", "/link")).json()).link;
  }

  /**
   * Sees to it that there is a link for the button on a phone, and that it still counts.
   * @param {string | null} own
   */
  async keepLink(own) {
    if (Date.now() - this.#linkAt < LINK_FRESH) return;
    this.#linkAt = Date.now();
    try {
      const link = await this.copied(own);
      if (!/^\s*(javascript|data|vbscript):/i.test(link)) this.link = link;
    } catch (error) {
      this.scanOnly = /** @type {{ status?: number }} */ (error).status === 403;
      if (!this.scanOnly) this.#linkAt += AGAIN - LINK_FRESH;
    }
    this.#changed();
  }
}
