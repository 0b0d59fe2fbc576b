import assert from "node:assert/strict";
import { test } from "node:test";

import { connect, defaultURL, delay, reconnects } from "../baton.js";

const TICKET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A browser in which time passes only when a test says so. */
class FakeBrowser {
  sockets = [];
  timers = new Map();
  returns = new Set();
  time = 0;
  chance = 0.5;
  #lastTimer = 0;

  environment = {
    open: (url) => {
      const socket = new FakeSocket(url);
      this.sockets.push(socket);
      return socket;
    },
    later: (run, milliseconds) => {
      this.timers.set((this.#lastTimer += 1), { run, milliseconds });
      return this.#lastTimer;
    },
    forget: (timer) => this.timers.delete(timer),
    now: () => this.time,
    random: () => this.chance,
    onReturn: (run) => {
      this.returns.add(run);
      return () => this.returns.delete(run);
    },
  };

  get socket() {
    return this.sockets.at(-1);
  }

  /** The waiting time of the one timer that is set. */
  get waiting() {
    assert.equal(this.timers.size, 1, "timers set");
    return [...this.timers.values()][0].milliseconds;
  }

  /** Lets the one timer fire. */
  fire() {
    assert.equal(this.timers.size, 1, "timers set");
    const [[timer, { run }]] = this.timers;
    this.timers.delete(timer);
    run();
  }

  comeBack() {
    for (const run of [...this.returns]) run();
  }
}

class FakeSocket extends EventTarget {
  sent = [];
  closedWith = undefined;

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

  tell(frame) {
    const data = typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame);
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  drop(code, reason = "") {
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }
}

function start(options = {}) {
  const browser = new FakeBrowser();
  const told = [];
  const closings = [];
  let opened = 0;
  const channel = connect(
    {
      url: "ws://relay.test/ws/v1/session",
      qrCodeText: TICKET,
      onService: (service, frame) => told.push(frame.seq === undefined ? service : `${service} ${frame.seq}`),
      onOpen: () => (opened += 1),
      onClose: (closing) => closings.push(closing),
      ...options,
    },
    browser.environment,
  );
  return { browser, told, closings, channel, opens: () => opened };
}

const scan = (seq) => ({ service: "SCAN", sessionId: "s", seq });

test("the first frame is the raw text, sent when the connection stands", () => {
  const { browser, opens } = start();
  assert.deepEqual(browser.socket.sent, []);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [TICKET]);
  assert.equal(opens(), 1);
  assert.equal(browser.socket.url, "ws://relay.test/ws/v1/session");
});

for (const [code, expected] of [
  [1000, false], [1001, true], [1002, false], [1003, false], [1005, false], [1006, true], [1007, false], [1008, false],
  [1009, false], [1010, false], [1011, true], [1012, false], [1015, false], [3000, false], [3999, false],
  [4000, true], [4029, true], [4408, true], [4499, true],
  [4500, false], [4501, false], [4503, false], [4504, false], [4509, false], [4999, false],
]) {
  test(`close code ${code} ${expected ? "connects again" : "is final"}`, () => {
    assert.equal(reconnects(code), expected);
    const { browser, closings } = start();
    browser.socket.accept();
    browser.socket.drop(code, "why");
    assert.deepEqual(closings, [{ code, reason: "why", willReconnect: expected }]);
    assert.equal(browser.timers.size, expected ? 1 : 0);
    if (expected) browser.fire();
    else browser.comeBack();
    assert.equal(browser.sockets.length, expected ? 2 : 1);
    if (!expected) assert.equal(browser.returns.size, 0, "listeners left behind");
  });
}

test("a replay after a reconnect reports nothing twice and everything new", () => {
  const { browser, told } = start();
  browser.socket.accept();
  browser.socket.tell(scan(2));
  browser.socket.tell(scan(3));
  browser.socket.drop(1006);
  browser.fire();
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [TICKET], "the new connection is authenticated too");
  browser.socket.tell(scan(2));
  browser.socket.tell(scan(3));
  browser.socket.tell(scan(4));
  browser.socket.tell({ service: "INFO", sessionId: "s", seq: 5 });
  assert.deepEqual(told, ["SCAN 2", "SCAN 3", "SCAN 4", "INFO 5"]);
});

test("without numbers the second SCAN of a connection is the second of the session", () => {
  const { browser, told } = start();
  const frame = (service) => ({ service, sessionId: "s" });
  browser.socket.accept();
  browser.socket.tell(frame("SCAN"));
  browser.socket.drop(1011);
  browser.fire();
  browser.socket.accept();
  browser.socket.tell(frame("SCAN"));
  browser.socket.tell(frame("SCAN"));
  browser.socket.tell(frame("FACE"));
  assert.deepEqual(told, ["SCAN", "SCAN", "FACE"]);
});

test("the same service of another session is news", () => {
  const { browser, told } = start();
  browser.socket.accept();
  browser.socket.tell({ service: "SCAN", sessionId: "s", seq: 2 });
  browser.socket.tell({ service: "SCAN", sessionId: "t", seq: 2 });
  assert.deepEqual(told, ["SCAN 2", "SCAN 2"]);
});

test("frames that report no step are passed over", () => {
  const { browser, told } = start();
  browser.socket.accept();
  for (const frame of ["", "{", "null", "[]", "7", new ArrayBuffer(4), { type: "notice", sessionId: "s" }, { service: "SCAN" }, { service: 1, sessionId: "s" }]) {
    browser.socket.tell(frame);
  }
  browser.socket.tell(scan(9));
  assert.deepEqual(told, ["SCAN 9"]);
});

test("the whole frame reaches the callback", () => {
  const frames = [];
  const { browser } = start({ onService: (_, frame) => frames.push(frame) });
  browser.socket.accept();
  browser.socket.tell({ service: "INFO", sessionId: "s", seq: 6, at: "later" });
  assert.deepEqual(frames, [{ service: "INFO", sessionId: "s", seq: 6, at: "later" }]);
});

test("the waiting time doubles to its cap and is jittered over all of it", () => {
  const caps = Array.from({ length: 8 }, (_, attempt) => delay(attempt, 1));
  assert.deepEqual(caps, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  assert.equal(delay(3, 0), 0);
  assert.equal(delay(3, 0.25), 1000);
  assert.equal(delay(5000, 1), 15000);
});

test("attempts in a row wait longer; a connection that held starts again", () => {
  const { browser } = start();
  const waits = [];
  const lose = (code) => {
    browser.socket.drop(code);
    waits.push(browser.waiting);
  };
  lose(1006);
  browser.fire();
  lose(1006);
  browser.fire();
  browser.socket.accept();
  browser.time += 9_999; // not stable yet
  lose(1006);
  browser.fire();
  browser.socket.accept();
  browser.time += 10_000;
  lose(1006);
  assert.deepEqual(waits, [250, 500, 1000, 250]);
});

test("network or visibility coming back ends the waiting at once", () => {
  const { browser } = start();
  browser.comeBack();
  assert.equal(browser.sockets.length, 1, "nothing to do while connecting");
  browser.socket.accept();
  browser.comeBack();
  assert.equal(browser.sockets.length, 1, "nothing to do while connected");
  browser.socket.drop(1006);
  browser.comeBack();
  assert.equal(browser.sockets.length, 2);
  assert.equal(browser.timers.size, 0, "the timer is not left to open a second one");
  browser.comeBack();
  assert.equal(browser.sockets.length, 2);
});

test("close ends everything and calls nothing back", () => {
  const { browser, channel, told, closings, opens } = start();
  channel.close();
  channel.close();
  assert.equal(browser.socket.closedWith, 1000);
  browser.socket.accept();
  browser.socket.tell(scan(2));
  browser.comeBack();
  assert.deepEqual([told, closings, opens(), browser.sockets.length, browser.returns.size], [[], [], 0, 1, 0]);
  assert.deepEqual(browser.socket.sent, [], "the secret is not sent after close");
});

test("close while waiting forgets the timer", () => {
  const { browser, channel } = start();
  browser.socket.drop(1006);
  channel.close();
  assert.equal(browser.timers.size, 0);
  browser.comeBack();
  assert.equal(browser.sockets.length, 1);
});

test("close from within a callback holds", () => {
  const browser = new FakeBrowser();
  const channel = connect({ url: "ws://relay.test/", qrCodeText: TICKET, onClose: () => channel.close() }, browser.environment);
  browser.socket.drop(1006);
  assert.equal(browser.timers.size, 0);

  const other = new FakeBrowser();
  const told = [];
  const ended = connect({
    url: "ws://relay.test/",
    qrCodeText: TICKET,
    onService(service) {
      told.push(service);
      if (service === "INFO") ended.close();
    },
  }, other.environment);
  other.socket.accept();
  other.socket.tell({ service: "INFO", sessionId: "s", seq: 3 });
  other.socket.tell({ service: "SCAN", sessionId: "s", seq: 4 });
  assert.deepEqual(told, ["INFO"]);
  assert.equal(other.socket.closedWith, 1000);
});

test("no callback is needed", () => {
  const browser = new FakeBrowser();
  connect({ url: "ws://relay.test/", qrCodeText: TICKET }, browser.environment);
  browser.socket.accept();
  browser.socket.tell(scan(2));
  browser.socket.drop(4504);
  assert.equal(browser.sockets.length, 1);
});

test("a missing text and a bad address are told at once", () => {
  const browser = new FakeBrowser();
  for (const qrCodeText of [undefined, "", 7]) {
    assert.throws(() => connect({ url: "ws://relay.test/", qrCodeText }, browser.environment), TypeError);
  }
  browser.environment.open = () => {
    throw new SyntaxError("no such address");
  };
  assert.throws(() => connect({ url: "nonsense", qrCodeText: TICKET }, browser.environment), SyntaxError);
  assert.equal(browser.returns.size, 0, "listeners left behind");
});

for (const [module, page, expected] of [
  ["https://relay.test/static/baton.1a2b.js", "https://shop.test/sign-up", "wss://relay.test/ws/v1/session"],
  ["http://127.0.0.1:8080/static/baton.js?v=1#x", undefined, "ws://127.0.0.1:8080/ws/v1/session"],
  ["file:///bundle.js", "https://shop.test:444/a/b?c=d", "wss://shop.test:444/ws/v1/session"],
  ["blob:https://shop.test/0", "http://shop.test/", "ws://shop.test/ws/v1/session"],
]) {
  test(`the address of ${module} on ${page} is ${expected}`, () => assert.equal(defaultURL(module, page), expected));
}

test("without a server of its own the address must be given", () => {
  assert.throws(() => defaultURL("file:///bundle.js", undefined), /needs a url/);
});
