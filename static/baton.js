// @ts-check
/**
 * Baton's component for the page that shows the QR code: it opens the channel, authenticates it with the code's text
 * and reports each step that the phone has done. One ES module, no dependency, no build step.
 *
 *     import { connect } from "https://relay.example/static/baton.js";
 *
 *     const channel = connect({
 *       qrCodeText,
 *       onService(service, frame) {
 *         if (service === "INFO") {
 *           channel.close();
 *           followUpWithRegistration(frame.sessionId);
 *         }
 *       },
 *     });
 *
 * What it reports is for showing progress only. Whether the enrolment succeeded is for your backend to find out at the
 * provider, by the session id that it kept itself.
 *
 * @module baton
 */

/**
 * A step that the phone has done. Treat a name that you do not know as progress that you do not show.
 * @typedef {"SCAN" | "READ" | "FACE" | "BACKGROUND_CHECK" | "INFO"} Service
 */

/**
 * One frame of the channel, as it came. `seq` numbers the events of a session where the server says it.
 * @typedef {{ service: Service, sessionId: string, seq?: number, [key: string]: unknown }} Frame
 */

/**
 * Why a connection ended. `code` is the WebSocket close code: 4504 says that the code has expired or was deleted, 4509 that
 * the phone failed or cancelled. `willReconnect` is false when nothing more will come.
 * @typedef {{ code: number, reason: string, willReconnect: boolean }} Closing
 */

/**
 * @typedef {object} Options
 * @property {string} qrCodeText the text that the backend got when it created the session: `qrCodeText`, also where the
 *   picture shows `qrCodeTextWithDynamicLink`
 * @property {string} [url] the channel's address; the server that this module was loaded from if left out
 * @property {(service: Service, frame: Frame) => void} [onService] called once for each event, in the server's order,
 *   however often the connection was lost in between. The same service can come twice: two documents are two SCANs
 * @property {() => void} [onOpen] called each time a connection stands
 * @property {(closing: Closing) => void} [onClose] called each time a connection ended or could not be opened
 */

/**
 * @typedef {object} Connection
 * @property {() => void} close ends the connection for good: no callback follows. May be called twice
 */

/**
 * What the component needs of a browser. Tests bring their own.
 * @typedef {object} Environment
 * @property {(url: string) => WebSocket} open
 * @property {(run: () => void, milliseconds: number) => number} later
 * @property {(timer: number) => void} forget
 * @property {() => number} now milliseconds that never run backwards
 * @property {() => number} random 0 ≤ n < 1
 * @property {(run: () => void) => () => void} onReturn calls run when the network or the page's visibility comes back,
 *   until the function that it returned is called
 */

/** Caps of the waiting time before a new attempt, in milliseconds: the first one, and the one never exceeded. */
const FIRST_CAP = 500;
const LAST_CAP = 15_000;

/** A connection that held this long, in milliseconds, was a good one: the next loss starts at the first cap again. */
const STABLE = 10_000;

/**
 * Opens the channel of one session and keeps it open until `close` is called or the server says that nothing more
 * will come.
 *
 * @param {Options} options
 * @param {Environment} [environment] for tests
 * @returns {Connection}
 * @throws {TypeError} if `qrCodeText` is missing
 * @throws {SyntaxError} if `url` is no address of a WebSocket
 */
export function connect(options, environment = browser()) {
  const { qrCodeText, onService, onOpen, onClose } = options;
  if (typeof qrCodeText !== "string" || qrCodeText === "") {
    throw new TypeError("baton: connect needs the qrCodeText that the backend got when it created the session");
  }
  const url = options.url ?? defaultURL(import.meta.url, globalThis.location?.href);

  const news = onlyNews();
  /** @type {WebSocket | undefined} */
  let socket;
  /** @type {number | undefined} */
  let timer;
  let attempt = 0;
  let closed = false;

  function open() {
    const current = environment.open(url);
    /** @type {number | undefined} */
    let openedAt;
    socket = current;
    news.restart();

    current.addEventListener("open", () => {
      if (closed) return;
      openedAt = environment.now();
      current.send(qrCodeText);
      onOpen?.();
    });
    current.addEventListener("message", (event) => {
      if (closed) return;
      const frame = parse(event.data);
      if (frame && news.is(frame)) onService?.(frame.service, frame);
    });
    current.addEventListener("close", (event) => {
      if (closed) return;
      socket = undefined;
      if (openedAt !== undefined && environment.now() - openedAt >= STABLE) attempt = 0;
      const willReconnect = reconnects(event.code);
      if (willReconnect) {
        timer = environment.later(retry, delay(attempt, environment.random()));
        attempt += 1;
      } else {
        end();
      }
      onClose?.({ code: event.code, reason: event.reason, willReconnect });
    });
  }

  function retry() {
    if (timer === undefined) return; // a connection stands or is being opened
    environment.forget(timer);
    timer = undefined;
    open();
  }

  function end() {
    closed = true;
    stopListening();
    if (timer !== undefined) environment.forget(timer);
    timer = undefined;
  }

  const stopListening = environment.onReturn(retry);
  try {
    open();
  } catch (error) {
    end();
    throw error;
  }

  return {
    close() {
      if (closed) return;
      end();
      socket?.close(1000);
      socket = undefined;
    },
  };
}

/**
 * Whether to connect again after a close code. 1001 the server goes away, 1006 the network broke, 1011 the server
 * failed, 4000–4499 Baton asks to come back (4029: later; 4408: the first frame was late). Everything else is final.
 *
 * @param {number} code
 * @returns {boolean}
 */
export function reconnects(code) {
  return code === 1001 || code === 1006 || code === 1011 || (code >= 4000 && code <= 4499);
}

/**
 * Full jitter: anything from nothing to a cap that doubles with each attempt in a row, so that a thousand pages do not
 * come back to a restarted server in the same instant.
 *
 * @param {number} attempt 0 for the first one after a loss
 * @param {number} random 0 ≤ n < 1
 * @returns {number} milliseconds
 */
export function delay(attempt, random) {
  return random * Math.min(LAST_CAP, FIRST_CAP * 2 ** Math.min(attempt, 10));
}

/**
 * The channel's address at the server that the module came from; at the page's where the module came from a file or a
 * bundle that has no host of its own.
 *
 * @param {string} moduleURL
 * @param {string | undefined} pageURL
 * @returns {string}
 */
export function defaultURL(moduleURL, pageURL) {
  const base = [moduleURL, pageURL].find((url) => url !== undefined && /^https?:/.test(url));
  if (base === undefined) {
    throw new TypeError("baton: connect needs a url, because this page was not loaded from a server");
  }
  const url = new URL("/ws/v1/session", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/**
 * A new connection is told everything from the first event on. This remembers what was reported, so that each event is
 * reported once. Events are told apart by `seq`; a server that does not number them is taken to repeat them in
 * the same order, so that the second SCAN of a connection is the second SCAN of the session.
 */
function onlyNews() {
  /** @type {Set<string>} */
  const reported = new Set();
  /** @type {Map<string, number>} */
  let unnumbered = new Map();

  return {
    /** Begins a new connection. */
    restart() {
      unnumbered = new Map();
    },
    /**
     * @param {Frame} frame
     * @returns {boolean} whether the frame is told for the first time
     */
    is(frame) {
      const kind = `${frame.sessionId} ${frame.service}`;
      let number = `#${frame.seq}`;
      if (frame.seq === undefined) {
        const count = (unnumbered.get(kind) ?? 0) + 1;
        unnumbered.set(kind, count);
        number = `${count}.`;
      }
      const key = `${kind} ${number}`;
      if (reported.has(key)) return false;
      reported.add(key);
      return true;
    },
  };
}

/**
 * @param {unknown} data
 * @returns {Frame | undefined} undefined for what is no report of a step: such frames are for newer components
 */
function parse(data) {
  if (typeof data !== "string") return undefined;
  try {
    const frame = JSON.parse(data);
    return typeof frame?.service === "string" && typeof frame.sessionId === "string" ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** @returns {Environment} */
function browser() {
  return {
    open: (url) => new WebSocket(url),
    later: (run, milliseconds) => window.setTimeout(run, milliseconds),
    forget: (timer) => window.clearTimeout(timer),
    now: () => performance.now(),
    random: Math.random,
    onReturn(run) {
      const visible = () => {
        if (document.visibilityState === "visible") run();
      };
      window.addEventListener("online", run);
      document.addEventListener("visibilitychange", visible);
      return () => {
        window.removeEventListener("online", run);
        document.removeEventListener("visibilitychange", visible);
      };
    },
  };
}
