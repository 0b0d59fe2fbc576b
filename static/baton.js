// @ts-check
/**
 * Baton's component for the page that shows the QR code: it opens the channel, authenticates it with the code's text
 * and reports what the phone does. One ES module, no dependency, no build step.
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
 * Where no WebSocket gets through, it goes on with server-sent events, and where these do not either, with long polls.
 * Everything is reported once and in order, whatever breaks in between: each connection asks for what follows the last
 * number that the page has.
 *
 * Where the session was created with a page of its own (`separatePage`, `confirm` or `rotate`), the page has no
 * `qrCodeText` but a `pageToken`, and gives that instead: `connect({ pageToken, … })`.
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
 * Where the session stands. Nothing follows the last five.
 * @typedef {"created" | "claimed" | "completed" | "failed" | "cancelled" | "expired" | "deleted"} Status
 */

/**
 * What the page should show that changes no status. Pass over the ones that you do not know.
 *
 * - `opened`: a phone has opened the link and not yet claimed
 * - `confirm`: the person must enter `frame.number`, two digits, on the phone: show them
 * - `confirm_failed`: another number was entered; there is one more try
 * - `second_claim`: another phone came and was refused
 * - `not_me`: the person with the phone said that they did not ask for this; a live session then ends as cancelled
 * - `skipped`: the phone left out `frame.service`, for `frame.reason`
 * @typedef {"opened" | "confirm" | "confirm_failed" | "second_claim" | "not_me" | "skipped"} Notice
 */

/**
 * What each frame holds. `seq` numbers events, statuses and notices together, with gaps; `at` is an RFC 3339 time.
 * @typedef {{ sessionId: string, seq: number, at: string, [key: string]: unknown }} Numbered
 * @typedef {Numbered & { type: "event", service: Service }} EventFrame
 * @typedef {Numbered & { type: "status", status: Status, reason?: string }} StatusFrame
 * @typedef {Numbered & { type: "notice", notice: Notice, service?: Service, number?: string, reason?: string }} NoticeFrame
 * @typedef {{ type: "snapshot", sessionId: string, status: Status, reason?: string, seq: number, services: Service[],
 *   steps: Service[], expiresAt: string, [key: string]: unknown }} SnapshotFrame
 */

/**
 * Why a connection ended. `code` is the channel's close code, whatever carried it: 1000 says that the session has
 * completed, failed or been cancelled, 4504 that the code has expired or was deleted. `willReconnect` is false when
 * nothing more will come.
 * @typedef {{ code: number, reason: string, willReconnect: boolean }} Closing
 */

/**
 * What a callback throws reaches the page's error handler and nothing else.
 * @typedef {object} Options
 * @property {string} [qrCodeText] the text that the backend got when it created the session: `qrCodeText`, also where the
 *   picture shows `qrCodeTextWithDynamicLink`. Either this or `pageToken`
 * @property {string} [pageToken] the page's own secret, where the backend got one
 * @property {string} [url] the channel's address; the server that this module was loaded from if left out. The address
 *   of the other ways follows from one that ends in /ws/v1/session; any other has no other ways
 * @property {number} [after] the last number that the page already has: only what follows is reported. 0 if left out
 * @property {(service: Service, frame: EventFrame) => void} [onService] called once for each step done, in the server's
 *   order. The same service can come twice: two documents are two SCANs
 * @property {(status: Status, frame: StatusFrame) => void} [onStatus] called once for each change of status
 * @property {(notice: Notice, frame: NoticeFrame) => void} [onNotice] called once for each notice
 * @property {() => void} [onPicture] called when the picture of a rotating code is due to be drawn anew, from the answer of
 *   `GET /api/v1/session/qr.svg`: as each connection begins, and each time that the server says so. A page that gives this
 *   and has to read by long polls asks every 15 s instead of every 25 s, and is called after each answer: more often than
 *   the code changes, which is every 20 s. Not called once a phone has claimed. Leave it out where the code stands
 * @property {(frame: SnapshotFrame) => void} [onSnapshot] called for each connection that begins with where the session
 *   stands; what the page has not yet been told of it follows
 * @property {() => void} [onOpen] called each time a connection stands
 * @property {(closing: Closing) => void} [onClose] called each time a connection ended, or none could be opened in any
 *   way
 */

/**
 * @typedef {object} Connection
 * @property {() => void} close ends the connection for good: no callback follows. May be called twice
 */

/**
 * What the component needs of a browser. Tests bring their own.
 * @typedef {object} Environment
 * @property {(url: string) => WebSocket} open
 * @property {(url: string, init: RequestInit) => Promise<Response>} fetch
 * @property {(run: () => void, milliseconds: number) => number} later
 * @property {(timer: number) => void} forget
 * @property {() => number} now milliseconds that never run backwards
 * @property {() => number} random 0 ≤ n < 1
 * @property {(run: (online: boolean) => void) => () => void} onReturn calls run when the network (true) or the page's
 *   visibility (false) comes back, until the function that it returned is called
 * @property {(error: unknown) => void} report takes what a callback threw
 */

/**
 * A connection as the way that carries it sees it. Once it has ended, nothing that the way says counts.
 * @typedef {object} Line
 * @property {{ qrCodeText: string } | { pageToken: string }} credential
 * @property {string} secret the credential's text
 * @property {boolean} pictures whether the page draws a picture that changes
 * @property {string} url
 * @property {Environment} environment
 * @property {() => number} after the last number that the page has
 * @property {(milliseconds: number) => void} expect gives the connection up if nothing is said for so long; 0: never
 * @property {(frames: unknown[], seq?: number) => boolean} heard takes a sign of life and what it tells; seq is the
 *   number up to which it tells everything. Returns whether to go on
 * @property {(code: number, reason?: string, pause?: number, broken?: boolean) => void} ended takes the end, with the
 *   milliseconds that the server wants to be left alone. If the connection was broken and nothing had been heard on it,
 *   another way is tried; 1006 says so by itself
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
 * Opens the channel of one session and keeps it open until `close` is called or the server says that nothing more
 * will come.
 *
 * @param {Options} options
 * @param {Environment} [environment] for tests
 * @returns {Connection}
 * @throws {TypeError} unless there is either a `qrCodeText` or a `pageToken`
 * @throws {SyntaxError} if `url` is no address of a WebSocket
 */
export function connect(options, environment = browser()) {
  const { onService, onStatus, onNotice, onPicture, onSnapshot, onOpen, onClose } = options;
  const [credential, secret] = credentialOf(options);
  const url = options.url ?? defaultURL(import.meta.url, globalThis.location?.href);
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
 * @param {Options} options
 * @returns {[{ qrCodeText: string } | { pageToken: string }, string]} what the page shows, as a frame holds it and as text
 */
function credentialOf({ qrCodeText, pageToken }) {
  if (typeof qrCodeText === "string" && qrCodeText !== "" && pageToken === undefined) return [{ qrCodeText }, qrCodeText];
  if (typeof pageToken === "string" && pageToken !== "" && qrCodeText === undefined) return [{ pageToken }, pageToken];
  throw new TypeError("baton: connect needs the qrCodeText that the backend got when it created the session, or the pageToken where it got one, and not both");
}

/**
 * The channel itself.
 * @param {Line} line
 * @returns {() => void} lets go of it
 */
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
 * Server-sent events. EventSource cannot send the credential, so they are read here.
 * @param {Line} line
 * @returns {() => void} lets go of them
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

/**
 * @param {string} block of an event stream
 * @returns {unknown[]} its frame; nothing for a comment
 */
function frameOf(block) {
  const data = block.split("\n").filter((text) => text.startsWith("data:"));
  return data.length === 0 ? [] : [parse(data.map((text) => text.slice(5)).join("\n"))];
}

/**
 * Long polls. The first one does not wait, so that it shows whether they work.
 * @param {Line} line
 * @returns {() => void} lets go of them
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
 * Runs a way that makes HTTP calls. `get` answers undefined where the connection has ended with its answer.
 * @param {Line} line
 * @param {(get: (url: string, headers: Record<string, string>) => Promise<Response | undefined>) => Promise<void>} run
 * @returns {() => void} ends the call that is open
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
 * Where the channel's server has the same over HTTP.
 *
 * @param {string} channelURL
 * @returns {string | undefined} undefined for an address that is not the contract's
 */
export function eventsURL(channelURL) {
  const [, secure, rest, query] = /^(?:ws|http)(s?):(.*)\/ws\/v1\/session(\?.*)?$/.exec(channelURL) ?? [];
  return rest === undefined ? undefined : `http${secure}:${rest}/api/v1/session/events${query ?? ""}`;
}

/**
 * @param {unknown} data
 * @returns {unknown} undefined for what is no JSON
 */
function parse(data) {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
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
