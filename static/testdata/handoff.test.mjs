// The class: events, the iterator, the signal.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Handoff, channelURL } from "../baton.js";
import { CHANNEL, EVENTS, FakeBrowser, TICKET, event, notice, scan, settled, snapshot, status } from "./browser.mjs";

const TYPES = ["service", "status", "notice", "expired", "error", "connection", "snapshot", "picture"];

function begin(options = {}) {
  const browser = new FakeBrowser();
  const handoff = new Handoff({ url: CHANNEL, qrCodeText: TICKET, ...options }, browser.environment);
  const told = [];
  for (const type of TYPES) handoff.addEventListener(type, (event) => told.push(event));
  const words = () => told.map((event) => [event.type, event.service ?? event.status ?? event.notice ?? event.reason ?? event.connected].join(" ").trim()).filter((line) => !line.startsWith("snapshot"));
  return { browser, handoff, told, words };
}

async function collect(handoff) {
  const got = [];
  try {
    for await (const event of handoff) got.push(event.service ?? event.status ?? event.notice);
  } catch (error) {
    got.push(`${error.code} ${error.reason}`);
  }
  return got;
}

test("each frame is an event that has the frame's properties", () => {
  const { browser, told } = begin();
  browser.socket.begin(snapshot(0));
  browser.socket.tell({ ...scan(1), target: "x", isTrusted: "x", more: 1 });
  const heard = told.at(-1);
  assert.ok(heard instanceof Event);
  assert.deepEqual([heard.type, heard.service, heard.seq, heard.sessionId, heard.at, heard.more], ["service", "SCAN", 1, "s", "now", 1]);
  assert.notEqual(heard.isTrusted, "x");
});

test("a session to its end, and after it nothing", async () => {
  const { browser, handoff, words } = begin();
  const early = collect(handoff);
  browser.socket.begin(snapshot(0));
  for (const frame of [notice(1, "opened"), status(2, "claimed"), scan(3), event(4, "INFO"), status(5, "completed")]) browser.socket.tell(frame);
  browser.socket.drop(1000, "");
  const all = ["opened", "claimed", "SCAN", "INFO", "completed"];
  assert.deepEqual(await early, all);
  assert.deepEqual(await collect(handoff), all, "a late iterator begins with the first event");
  assert.deepEqual(words(), ["connection true", "notice opened", "status claimed", "service SCAN", "service INFO", "status completed"]);
  browser.assertClean();
});

test("a lost connection is told once, and its return", async () => {
  const { browser, words } = begin();
  browser.socket.begin(snapshot(0));
  browser.socket.drop(1006);
  await browser.fire();
  browser.socket.drop(4000, "UNAVAILABLE");
  await browser.fire();
  browser.socket.begin(snapshot(0));
  assert.deepEqual(words(), ["connection true", "connection false", "connection true"]);
});

test("an expired code is no error", async () => {
  const { browser, handoff, words } = begin();
  browser.socket.begin(snapshot(0));
  browser.socket.tell(status(1, "expired"));
  browser.socket.drop(4504, "SESSION_EXPIRED_OR_NOT_FOUND");
  assert.deepEqual(words(), ["connection true", "status expired", "expired SESSION_EXPIRED_OR_NOT_FOUND"]);
  assert.deepEqual(await collect(handoff), ["expired"]);
});

test("what is final is an error, and what the iterator throws", async () => {
  const { browser, handoff, words } = begin();
  const early = collect(handoff);
  browser.socket.accept();
  browser.socket.drop(4503, "FORBIDDEN");
  assert.deepEqual(words(), ["error FORBIDDEN"]);
  assert.deepEqual(await early, ["4503 FORBIDDEN"]);
  assert.deepEqual(await collect(handoff), ["4503 FORBIDDEN"]);
  browser.assertClean();
});

test("closing ends the iterator; so does the signal, and one that was aborted before opens nothing", async () => {
  const closed = begin();
  const got = collect(closed.handoff);
  closed.browser.socket.begin(snapshot(0));
  closed.browser.socket.tell(scan(1));
  closed.handoff.close();
  closed.handoff.close();
  assert.deepEqual(await got, ["SCAN"]);
  closed.browser.assertClean();

  const abort = new AbortController();
  const aborted = begin({ signal: abort.signal });
  aborted.browser.socket.begin(snapshot(0));
  abort.abort();
  assert.deepEqual(await collect(aborted.handoff), []);
  aborted.browser.assertClean();
  assert.equal(begin({ signal: abort.signal }).browser.sockets.length, 0);
});

test("leaving the loop closes nothing", async () => {
  const { browser, handoff } = begin();
  browser.socket.begin(snapshot(0));
  browser.socket.tell(scan(1));
  for await (const { service } of handoff) if (service === "SCAN") break;
  browser.socket.tell(event(2, "FACE"));
  await settled();
  assert.equal(browser.socket.over, false);
  handoff.close();
  assert.deepEqual(await collect(handoff), ["SCAN", "FACE"]);
});

test("pictures are told to whoever asks", () => {
  for (const [pictures, times] of [[true, 2], [undefined, 0]]) {
    const { browser, told } = begin({ pictures });
    browser.socket.begin(snapshot(0));
    browser.socket.tell({ type: "qr", sessionId: "s" });
    assert.equal(told.filter(({ type }) => type === "picture").length, times);
  }
});

test("a server's address is as good as its channel's", () => {
  for (const [url, channel] of [
    ["https://relay.test", "wss://relay.test/ws/v1/session"], ["http://relay.test/", "ws://relay.test/ws/v1/session"],
    ["https://relay.test/below", "wss://relay.test/below/ws/v1/session"], [CHANNEL, CHANNEL], ["wss://relay.test/own", "wss://relay.test/own"],
  ]) assert.equal(channelURL(url), channel);
  const { browser } = begin({ url: "http://relay.test" });
  assert.equal(browser.socket.url, CHANNEL);
  browser.socket.drop(1006);
  assert.equal(browser.call.url, EVENTS);
});

test("the module does without a document", () => {
  assert.equal(globalThis.customElements, undefined);
  assert.throws(() => new Handoff({}), TypeError);
});
