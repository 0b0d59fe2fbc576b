import assert from "node:assert/strict";

import { connect } from "../baton.js";

export const TICKET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
export const CHANNEL = "ws://relay.test/ws/v1/session";
export const EVENTS = "http://relay.test/api/v1/session/events";

/** A browser in which time passes only when a test says so. */
export class FakeBrowser {
  sockets = [];
  calls = [];
  timers = new Map();
  returns = new Set();
  reported = [];
  time = 0;
  chance = 0.5;
  #lastTimer = 0;

  environment = {
    open: (url) => {
      const socket = new FakeSocket(url);
      this.sockets.push(socket);
      return socket;
    },
    fetch: (url, init) => {
      const call = new FakeCall(url, init);
      this.calls.push(call);
      return call.answered;
    },
    later: (run, milliseconds) => {
      this.timers.set((this.#lastTimer += 1), { run, at: this.time + milliseconds });
      return this.#lastTimer;
    },
    forget: (timer) => this.timers.delete(timer),
    now: () => this.time,
    random: () => this.chance,
    onReturn: (run) => {
      this.returns.add(run);
      return () => this.returns.delete(run);
    },
    report: (error) => this.reported.push(error),
  };

  get socket() {
    return this.sockets.at(-1);
  }

  get call() {
    return this.calls.at(-1);
  }

  /** The waiting time of the one timer that is set. */
  get waiting() {
    assert.equal(this.timers.size, 1, "timers set");
    return [...this.timers.values()][0].at - this.time;
  }

  /** Lets the time pass that the one timer waits for, and what follows happen. */
  fire() {
    return this.pass(this.waiting);
  }

  /** Lets time pass. */
  async pass(milliseconds) {
    const until = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [timer, { run, at }] = due;
      this.timers.delete(timer);
      this.time = Math.max(this.time, at);
      run();
      await settled();
    }
    this.time = until;
    await settled();
  }

  async comeBack(online = true) {
    for (const run of [...this.returns]) run(online);
    await settled();
  }

  /** Fails if anything is left behind after an end. */
  assertClean() {
    assert.deepEqual([this.timers.size, this.returns.size], [0, 0], "timers and listeners left behind");
    for (const socket of this.sockets) assert.ok(socket.over, "a socket is left open");
    for (const call of this.calls) assert.ok(call.over, `a call of ${call.url} is left open`);
  }
}

/** Lets everything happen that waits for no clock. */
export async function settled() {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
}

class FakeSocket extends EventTarget {
  sent = [];
  closedWith = undefined;
  over = false;

  constructor(url) {
    super();
    this.url = url;
  }

  send(text) {
    this.sent.push(text);
  }

  close(code) {
    this.closedWith = code;
    this.drop(code);
  }

  accept() {
    this.dispatchEvent(new Event("open"));
  }

  /** Opens and begins as the server does. */
  begin(frame = snapshot(0)) {
    this.accept();
    this.tell(frame);
  }

  tell(frame) {
    const data = typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame);
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  drop(code, reason = "") {
    if (this.over) return;
    this.over = true;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }
}

class FakeCall {
  over = false;
  #controller = undefined;

  constructor(url, init) {
    this.url = url;
    this.init = init;
    this.answered = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    init.signal.addEventListener("abort", () => {
      if (!this.over) this.fail(init.signal.reason);
    });
  }

  get headers() {
    return this.init.headers;
  }

  get isStream() {
    return this.headers.Accept === "text/event-stream";
  }

  get asked() {
    return Object.fromEntries(new URL(this.url).searchParams);
  }

  /** Answers at once and whole; an object is the server's JSON. */
  answer(status, body, headers = {}) {
    this.over = true;
    const json = typeof body === "object";
    const type = json ? "application/json; charset=utf-8" : "text/html";
    this.resolve(new Response(json ? JSON.stringify(body) : body, { status, headers: { "Content-Type": type, ...headers } }));
    return settled();
  }

  refuse(status, error, headers) {
    return this.answer(status, { error, message: "Do otherwise.", requestId: "r" }, headers);
  }

  /** Begins an event stream. */
  begin(...frames) {
    const body = new ReadableStream({ start: (controller) => (this.#controller = controller) });
    this.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
    return frames.length === 0 ? settled() : this.tell(...frames);
  }

  /** Sends frames, or text as it is, in one piece. */
  tell(...frames) {
    const text = frames.map((frame) => (typeof frame === "string" ? frame : `${frame.type === "snapshot" ? "" : `id: ${frame.seq}\n`}data: ${JSON.stringify(frame)}\n\n`)).join("");
    return this.send(new TextEncoder().encode(text));
  }

  send(bytes) {
    this.#controller.enqueue(bytes);
    return settled();
  }

  /** Ends the stream as a server does. */
  finish() {
    this.over = true;
    this.#controller.close();
    return settled();
  }

  /** Breaks the call, answered or not. */
  fail(error = new TypeError("network")) {
    this.over = true;
    this.reject(error);
    this.answered.catch(() => {});
    this.#controller?.error(error);
    return settled();
  }
}

export const snapshot = (seq, status = "created") => ({ type: "snapshot", sessionId: "s", status, seq, services: [], steps: [], expiresAt: "later" });
export const scan = (seq) => event(seq, "SCAN");
export const event = (seq, service) => ({ type: "event", sessionId: "s", seq, service, at: "now" });
export const status = (seq, status, reason) => ({ type: "status", sessionId: "s", seq, status, ...(reason ? { reason } : {}), at: "now" });
export const notice = (seq, notice, service) => ({ type: "notice", sessionId: "s", seq, notice, ...(service ? { service } : {}), at: "now" });

/** Connects and keeps what is told. */
export function start(options = {}) {
  const browser = new FakeBrowser();
  const told = [];
  const closings = [];
  let opened = 0;
  const channel = connect(
    {
      url: CHANNEL,
      qrCodeText: TICKET,
      onService: (service, frame) => told.push(`${service} ${frame.seq}`),
      onStatus: (status, frame) => told.push(`${status} ${frame.seq}`),
      onNotice: (notice, frame) => told.push(`${notice} ${frame.seq}`),
      onOpen: () => (opened += 1),
      onClose: (closing) => closings.push(closing),
      ...options,
    },
    browser.environment,
  );
  return { browser, told, closings, channel, opens: () => opened };
}

/** Connects where no WebSocket opens. */
export async function startStream(options) {
  const started = start(options);
  started.browser.socket.drop(1006);
  await settled();
  return started;
}

/** Connects where event streams are held back, too. */
export async function startPoll(options) {
  const started = await startStream(options);
  await started.browser.pass(3_000);
  return started;
}
