// @ts-check
// Baton for the page that shows the QR code: one ES module, no dependency, no build step. What it offers is described in
// baton.d.ts. What the element shows has a module of its own, baton-element.js, which a page without one never loads.

/** @import { Closing, ConnectOptions, HandoffOptions, Secret } from "./baton.js" */

/**
 * What the module needs of a browser; tests bring their own. `onReturn` runs when the network (true) or the page's
 * visibility (false) comes back.
 * @typedef {{ open(url: string): WebSocket, fetch(url: string, init: RequestInit): Promise<Response>,
 *   later(run: () => void, milliseconds: number): number, forget(timer: number): void, now(): number, random(): number,
 *   onReturn(run: (online: boolean) => void): () => void, report(error: unknown): void }} Environment
 */

/**
 * A connection as the way that carries it sees it; once it has ended, nothing that the way says counts.
 * `expect` gives up after so long a silence, 0: never. `heard` takes a sign of life and what it tells, up to a number, and
 * returns whether to go on. `ended` takes the end, and how long the server wants to be left alone; where it was broken
 * before anything was heard, another way is tried (1006 says so by itself).
 * @typedef {{ credential: Secret, secret: string, pictures: boolean, url: string, environment: Environment, after(): number,
 *   expect(milliseconds: number): void, heard(frames: unknown[], seq?: number): boolean,
 *   ended(code: number, reason?: string, pause?: number, broken?: boolean): void }} Line
 */

/** A way that has not opened, or delivered nothing, for so long is given up for the next one. Milliseconds. */
const OPENS_WITHIN = 3_000;

/** The same for a WebSocket that has opened, where a busy server may be what it waits for. */
const ANSWERS_WITHIN = 10_000;

/** A stream says something every 25 s, a poll is answered within 25 s; twice that without a word is broken. */
const SILENCE = 50_000;

/** The longest wait of a poll, in seconds. */
const POLL = 25;

/** The same where each answer stands for a new picture: a code counts for 20 s after it has changed, and no longer. */
const PICTURE_POLL = 15;

/** A way that stands in for the WebSocket for so long makes room for another try of it. Milliseconds. */
const BACK_AFTER = 300_000;

/** Caps of the waiting time before a new attempt, in milliseconds: the first one, and the one never exceeded. */
const FIRST_CAP = 500;
const LAST_CAP = 15_000;

/** The longest pause that a server is granted, in milliseconds. */
const LONGEST_PAUSE = 300_000;

/** A connection that held this long, in milliseconds, was a good one: the next loss starts at the first cap again. */
const STABLE = 10_000;

/** How a connection ends after a last status. @type {Record<string, number>} */
const ENDS = { completed: 1000, failed: 1000, cancelled: 1000, expired: 4504, deleted: 4504 };

/** The close codes of the server's answers. @type {Record<number, number>} */
const CODES = { 400: 4500, 401: 4501, 403: 4503, 404: 4504, 409: 4509, 429: 4029 };

/**
 * @param {ConnectOptions} options
 * @param {Environment} [environment]
 */
export function connect(options, environment = browser()) {
  const { onService, onStatus, onNotice, onPicture, onSnapshot, onOpen, onClose } = options;
  const [credential, secret] = credentialOf(options);
  const url = options.url === undefined ? defaultURL(import.meta.url, globalThis.location?.href) : channelURL(options.url);
  const events = eventsURL(url);
  const ways = events === undefined ? [{ carry: socket, url }] : [{ carry: socket, url }, { carry: stream, url: events }, { carry: poll, url: events }];

  let seq = options.after ?? 0;
  /** The way that is open, or was last: the one that works stays. */
  let way = 0;
  let attempt = 0;
  /** The close code that the session's last status stands for; 0 before it. */
  let over = 0;
  let closed = false;
  /** Whether something has been heard on what is open, when first and when last. */
  let opened = false;
  let openedAt = 0;
  let heardAt = 0;
  /** Lets go of what is open; undefined while nothing is. @type {(() => void) | undefined} */
  let drop;
  /** The one timer: for the next attempt, or for a sign of life. @type {number | undefined} */
  let timer;

  function open() {
    let live = true;
    let stop = () => {};
    opened = false;
    drop = () => {
      live = false;
      drop = undefined;
      disarm();
      stop();
    };
    const silent = () => finish(1006, "", 0, true);
    arm(OPENS_WITHIN, silent);
    stop = ways[way].carry({
      credential,
      secret,
      pictures: onPicture !== undefined,
      url: ways[way].url,
      environment,
      after: () => seq,
      expect(milliseconds) {
        if (!live) return;
        disarm();
        if (milliseconds > 0) arm(milliseconds, silent);
      },
      heard(frames, upTo = 0) {
        if (!live) return false;
        heardAt = environment.now();
        if (!opened) {
          opened = true;
          openedAt = heardAt;
          call(onOpen);
        }
        for (const frame of frames) {
          if (live) take(/** @type {any} */ (frame));
        }
        if (!live) return false;
        seq = Math.max(seq, upTo);
        if (way === 0 || over !== 0 || heardAt - openedAt < BACK_AFTER) return true;
        drop?.();
        way = 0;
        open();
        return false;
      },
      ended(code, reason = "", pause = 0, broken = code === 1006) {
        if (live) finish(code, reason, pause, broken && !opened);
      },
    });
  }

  /**
   * Goes on after an end, or does not.
   * @param {number} code
   * @param {string} reason
   * @param {number} pause
   * @param {boolean} broken whether this way does not work, so that another one is tried
   */
  function finish(code, reason, pause, broken) {
    const held = opened;
    if (held && environment.now() - openedAt >= STABLE) attempt = 0;
    drop?.();
    if (over !== 0 && reconnects(code)) code = over;
    const willReconnect = reconnects(code);
    const another = willReconnect && broken && way + 1 < ways.length;
    if (held || !another) call(onClose, { code, reason, willReconnect });
    if (closed) return;
    if (!willReconnect) return end();
    if (another) {
      way += 1;
      return open();
    }
    if (!held) way = 0;
    arm(pause + delay(attempt, environment.random()), open);
    attempt += 1;
  }

  /** @param {any} frame */
  function take(frame) {
    if (frame?.type === "snapshot") {
      if (ENDS[frame.status] === 1000 && frame.seq <= seq) over = 1000; // and the page has it all
      call(onSnapshot, frame);
      if (frame.status === "created") call(onPicture);
      return;
    }
    if (frame?.type === "qr") return call(onPicture);
    if (!Number.isSafeInteger(frame?.seq) || frame.seq <= seq) return;
    seq = frame.seq;
    if (frame.type === "event") call(onService, frame.service, frame);
    if (frame.type === "notice") call(onNotice, frame.notice, frame);
    if (frame.type === "status") {
      over = ENDS[frame.status] ?? 0;
      call(onStatus, frame.status, frame);
    }
  }

  /**
   * Runs a callback of the page, whose mistakes must not break the stream.
   * @param {((...values: any[]) => void) | undefined} callback
   * @param {unknown[]} values
   */
  function call(callback, ...values) {
    try {
      callback?.(...values);
    } catch (error) {
      environment.report(error);
    }
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} run
   */
  function arm(milliseconds, run) {
    timer = environment.later(() => {
      timer = undefined;
      run();
    }, milliseconds);
  }

  function disarm() {
    if (timer !== undefined) environment.forget(timer);
    timer = undefined;
  }

  /**
   * A script does not hear that its connection died while the network was away or the machine asleep: it sees no pings. A
   * new one costs little and misses nothing.
   * @param {boolean} online
   */
  function returned(online) {
    const held = drop !== undefined && opened;
    const connecting = drop !== undefined && !opened;
    if (held && !online && environment.now() - heardAt < SILENCE) return;
    if (connecting && (!online || way === 0)) return;
    if (online) way = 0;
    drop?.();
    if (held) call(onClose, { code: 1006, reason: "", willReconnect: true });
    if (closed) return;
    disarm();
    open();
  }

  function end() {
    closed = true;
    stopListening();
    drop?.();
    disarm();
  }

  const stopListening = environment.onReturn(returned);
  try {
    open();
  } catch (error) {
    end();
    throw error;
  }
  return {
    close() {
      if (!closed) end();
    },
  };
}

/**
 * @param {Partial<Record<"qrCodeText" | "pageToken", unknown>>} options
 * @returns {[Secret, string]} as a frame holds it, and as text
 */
function credentialOf({ qrCodeText, pageToken }) {
  if (typeof qrCodeText === "string" && qrCodeText !== "" && pageToken === undefined) return [{ qrCodeText }, qrCodeText];
  if (typeof pageToken === "string" && pageToken !== "" && qrCodeText === undefined) return [{ pageToken }, pageToken];
  throw new TypeError("baton: needs the qrCodeText that your backend got when it created the session, or the pageToken where it got one, and not both");
}

// The three ways. Each returns what lets go of it.

/** @param {Line} line */
function socket(line) {
  const ws = line.environment.open(line.url);
  const dropped = new AbortController();
  const { signal } = dropped;
  const opened = () => {
    line.expect(ANSWERS_WITHIN);
    ws.send(JSON.stringify({ ...line.credential, after: line.after() }));
  };
  const message = (/** @type {MessageEvent} */ { data }) => {
    line.expect(0);
    line.heard([parse(data)]);
  };
  ws.addEventListener("open", opened, { signal });
  ws.addEventListener("message", message, { signal });
  ws.addEventListener("close", ({ code, reason }) => line.ended(code, reason), { signal });
  return () => {
    dropped.abort();
    ws.close(1000);
  };
}

/**
 * EventSource cannot send the credential, so server-sent events are read here.
 * @param {Line} line
 */
function stream(line) {
  return calls(line, async (get) => {
    const response = await get(line.url, { Accept: "text/event-stream", "Last-Event-ID": String(line.after()) });
    if (response === undefined) return;
    const reader = response.body?.getReader();
    if (reader === undefined || !isOf(response, "text/event-stream")) return line.ended(1006);
    const decoder = new TextDecoder();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return line.ended(1006);
      const blocks = (rest + decoder.decode(value, { stream: true })).replaceAll("\r", "").split("\n\n");
      rest = blocks.pop() ?? "";
      line.expect(SILENCE);
      if (!line.heard(blocks.flatMap(frameOf))) return;
    }
  });
}

/** @param {string} block of an event stream; a comment has no frame */
function frameOf(block) {
  const data = block.split("\n").filter((text) => text.startsWith("data:"));
  return data.length === 0 ? [] : [parse(data.map((text) => text.slice(5)).join("\n"))];
}

/**
 * The first long poll does not wait, so that it shows whether they work.
 * @param {Line} line
 */
function poll(line) {
  return calls(line, async (get) => {
    for (let wait = 0; ; wait = line.pictures ? PICTURE_POLL : POLL) {
      line.expect(SILENCE);
      const asked = line.environment.now();
      const address = new URL(line.url);
      address.searchParams.set("after", String(line.after()));
      address.searchParams.set("wait", String(wait));
      const response = await get(address.href, { Accept: "application/json" });
      if (response === undefined) return;
      const { status, seq, snapshot, events } = await response.json();
      // No frame says here that a picture is due; the end of each wait does.
      const due = wait > 0 && status === "created" ? [{ type: "qr" }] : [];
      if (!line.heard(wait === 0 ? [snapshot, ...events] : [...events, ...due], seq)) return;
      if (status in ENDS) return line.ended(ENDS[status], status);
      // Something in between answers for the server: no reason to ask it without a pause.
      if (wait > 0 && events.length === 0 && line.environment.now() - asked < 1_000) return line.ended(4000);
    }
  });
}

/**
 * `get` answers undefined where the connection has ended with its answer.
 * @param {Line} line
 * @param {(get: (url: string, headers: Record<string, string>) => Promise<Response | undefined>) => Promise<void>} run
 */
function calls(line, run) {
  const abort = new AbortController();
  run(async (url, headers) => {
    const response = await line.environment.fetch(url, {
      headers: { ...headers, Authorization: line.secret },
      cache: "no-store",
      credentials: "omit",
      redirect: "error", // the secret goes nowhere else
      signal: abort.signal,
    });
    if (response.ok) return response;
    // Of an answer that is not the server's own, such as a proxy's, only the trouble is believed.
    const error = isOf(response, "application/json") ? (await response.json()).error : undefined;
    const own = /^[A-Z_]+$/.test(error) && error !== "NOT_FOUND";
    const code = (own && CODES[response.status]) || (response.status >= 500 || response.status === 429 ? 4000 : 1006);
    const pause = Math.min(LONGEST_PAUSE, Math.max(0, 1_000 * (Number(response.headers.get("Retry-After")) || 0)));
    line.ended(code, own ? error : "", pause, !own || code === 1006);
    return undefined;
  }).catch(() => line.ended(1006));
  return () => abort.abort();
}

/**
 * @param {Response} response
 * @param {string} type
 */
function isOf(response, type) {
  return (response.headers.get("Content-Type") ?? "").startsWith(type);
}

/** @param {number} code */
export function reconnects(code) {
  return code === 1001 || code === 1006 || code === 1011 || (code >= 4000 && code <= 4499);
}

/**
 * Full jitter, so that a thousand pages do not come back to a restarted server in the same instant.
 * @param {number} attempt
 * @param {number} random
 */
export function delay(attempt, random) {
  return random * Math.min(LAST_CAP, FIRST_CAP * 2 ** Math.min(attempt, 10));
}

/**
 * @param {string} moduleURL
 * @param {string} [pageURL]
 */
export function defaultURL(moduleURL, pageURL) {
  const base = [moduleURL, pageURL].find((url) => url !== undefined && /^https?:/.test(url));
  if (base === undefined) {
    throw new TypeError("baton: needs a url, because this page was not loaded from a server");
  }
  return channelURL(new URL("/", base).href);
}

/** @param {string} url of a server or of its channel */
export function channelURL(url) {
  if (!/^http/.test(url) || eventsURL(url)) return url;
  return url.replace(/^http/, "ws").replace(/\/?$/, "/ws/v1/session");
}

/** @param {string | null} server the element's `src` */
function addresses(server) {
  const channel = server ? channelURL(server) : defaultURL(import.meta.url, globalThis.location?.href);
  return { channel, api: eventsURL(channel)?.replace(/\/events(\?.*)?$/, "") };
}

/**
 * @param {string} channelURL
 * @returns {string | undefined} where the server has the same over HTTP
 */
export function eventsURL(channelURL) {
  const [, secure, rest, query] = /^(?:ws|http)(s?):(.*)\/ws\/v1\/session(\?.*)?$/.exec(channelURL) ?? [];
  return rest === undefined ? undefined : `http${secure}:${rest}/api/v1/session/events${query ?? ""}`;
}

/** @param {unknown} data */
function parse(data) {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

/** An event whose properties are a frame's. */
export class FrameEvent extends Event {
  /**
   * @param {string} type
   * @param {object} frame
   * @param {EventInit} [init]
   */
  constructor(type, frame, init) {
    super(type, init);
    for (const [name, value] of Object.entries(frame)) {
      if (!(name in this)) Object.defineProperty(this, name, { value, enumerable: true }); // an event's own names are its own
    }
  }
}

export class Handoff extends EventTarget {
  /** All that has been told, so that an iterator misses nothing. @type {any[]} */
  #told = [];
  #over = false;
  /** @type {Error | undefined} */
  #failure;
  /** Iterators that wait. @type {(() => void)[]} */
  #waiting = [];
  /** @type {{ close(): void } | undefined} */
  #connection;
  /** @type {boolean | undefined} */
  #connected;

  /**
   * @param {HandoffOptions} options
   * @param {Environment} [environment]
   */
  constructor({ signal, pictures, ...options }, environment = browser()) {
    super();
    /** @type {(type: string, frame: object, kept?: boolean) => void} */
    const tell = (type, frame, kept = false) => {
      const event = new FrameEvent(type, frame);
      if (kept) this.#told.push(event);
      this.#wake();
      this.dispatchEvent(event);
    };
    const connected = (/** @type {boolean} */ is) => {
      if (is !== this.#connected) tell("connection", { connected: this.#connected = is });
    };
    if (signal?.aborted) {
      this.#over = true;
      return;
    }
    this.#connection = connect({
      ...options,
      onService: (_, frame) => tell("service", frame, true),
      onStatus: (_, frame) => tell("status", frame, true),
      onNotice: (_, frame) => tell("notice", frame, true),
      onSnapshot: (frame) => tell("snapshot", frame),
      onPicture: pictures ? () => tell("picture", {}) : undefined,
      onOpen: () => connected(true),
      onClose: ({ code, reason, willReconnect }) => {
        if (willReconnect) return connected(false);
        const failed = code !== 1000 && code !== 4504;
        if (failed) this.#failure = Object.assign(new Error(`baton: ${reason || "the channel was closed"} (${code})`), { code, reason });
        this.#over = true;
        this.#wake();
        if (code === 4504) tell("expired", { code, reason });
        if (failed) tell("error", { code, reason });
      },
    }, environment);
    signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  close() {
    this.#over = true;
    this.#connection?.close();
    this.#wake();
  }

  #wake() {
    for (const go of this.#waiting.splice(0)) go();
  }

  async *[Symbol.asyncIterator]() {
    for (let next = 0; ; ) {
      if (next < this.#told.length) yield this.#told[next++];
      else if (this.#failure) throw this.#failure;
      else if (this.#over) return;
      else await new Promise((go) => this.#waiting.push(() => go(undefined)));
    }
  }
}

/** @returns {Environment} */
function browser() {
  return {
    open: (url) => new WebSocket(url),
    fetch: (url, init) => window.fetch(url, init),
    later: (run, milliseconds) => window.setTimeout(run, milliseconds),
    forget: (timer) => window.clearTimeout(timer),
    now: () => performance.now(),
    random: Math.random,
    onReturn(run) {
      const online = () => run(true);
      const visible = () => {
        if (document.visibilityState === "visible") run(false);
      };
      window.addEventListener("online", online);
      document.addEventListener("visibilitychange", visible);
      return () => {
        window.removeEventListener("online", online);
        document.removeEventListener("visibilitychange", visible);
      };
    },
    report(error) {
      window.setTimeout(() => {
        throw error;
      });
    },
  };
}

/**
 * What draws elements, all of one version. Where an element's own has gone from the server, it asks this of a newer one, and
 * of what it gets it calls `settle` and `change`, as the newer one reads what the element declares: they keep their meaning.
 * @returns {Promise<(element: any) => { settle(): void, change(name: string): void }>}
 */
export async function drawing() {
  const { View } = await import("./baton-element.js");
  return (element) => new View(element, { Handoff, FrameEvent, addresses });
}

/** Apart from its use, where bundlers would take the two for a file of theirs. */
const here = import.meta.url;

/**
 * The element's modules come with its first use, which may be long after a server has been upgraded: what this module was
 * written for is then not to be had. Their newer ones would not fit this one, so the whole of it is loaded anew, at an
 * address that no cache knows. The page goes on, and what was typed into it stays. In a bundle there is no such address, and
 * its own parts are asked for again.
 * @param {Element} element
 */
async function firstDrawing(element) {
  for (let attempt = 0; element.isConnected; attempt += 1) {
    try {
      if (attempt % 2 === 0) return await drawing();
      const newest = new URL(`baton.js?${Date.now()}`, here).href;
      return await (await import(/* webpackIgnore: true */ /* @vite-ignore */ newest)).drawing();
    } catch {
      await new Promise((go) => setTimeout(go, delay(attempt, Math.random()))); // the browser has said what was wrong
    }
  }
}

// The element. It holds attributes and properties and goes through the document; its view, which is loaded when the first
// one is used, does the rest.
if (globalThis.customElements && !customElements.get("baton-handoff")) {
  /** Properties that are attributes. @type {Record<string, string>} */
  const reflected = { qrCodeText: "qr-code-text", pageToken: "page-token", link: "link", src: "src", verified: "verified", refused: "refused" };

  class HandoffElement extends HTMLElement {
    static observedAttributes = [...Object.values(reflected), "lang", "texts"];
    /** @type {Awaited<ReturnType<Awaited<ReturnType<typeof drawing>>>> | undefined} */
    #view;
    /** @type {object | undefined} */
    #texts;

    get texts() {
      return this.#texts ?? JSON.parse(this.getAttribute("texts") ?? "{}");
    }

    set texts(texts) {
      this.#texts = texts;
      this.#view?.change("texts");
    }

    async connectedCallback() {
      for (const name of ["texts", ...Object.keys(reflected)]) {
        const own = Object.getOwnPropertyDescriptor(this, name);
        if (!own) continue; // it was set before the element was known, and hides what is to hear of it
        Reflect.deleteProperty(this, name);
        Reflect.set(this, name, own.value);
      }
      const draw = await firstDrawing(this);
      if (draw) this.#view ??= draw(this);
      this.#view?.settle();
    }

    async disconnectedCallback() {
      await undefined; // an element that is moved is back by then
      this.#view?.settle();
    }

    /** @param {string} name */
    attributeChangedCallback(name) {
      this.#view?.change(name);
    }
  }

  for (const [name, attribute] of Object.entries(reflected)) {
    const yesOrNo = name === "verified";
    Object.defineProperty(HandoffElement.prototype, name, {
      get() {
        return yesOrNo ? this.hasAttribute(attribute) : this.getAttribute(attribute);
      },
      set(value) {
        if (yesOrNo ? value : value != null) this.setAttribute(attribute, yesOrNo ? "" : value);
        else this.removeAttribute(attribute);
      },
    });
  }
  customElements.define("baton-handoff", HandoffElement);
}
