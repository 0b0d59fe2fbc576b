import assert from "node:assert/strict";
import { test } from "node:test";

import { connect, defaultURL, delay, eventsURL, reconnects } from "../baton.js";
import { CHANNEL, EVENTS, FakeBrowser, TICKET, event, notice, scan, snapshot, start, status } from "./browser.mjs";

test("the first frame is sent when the connection stands, and asks from the start", () => {
  const { browser, opens } = start();
  assert.deepEqual(browser.socket.sent, []);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent.map(JSON.parse), [{ qrCodeText: TICKET, after: 0 }]);
  assert.equal(opens(), 0, "open before the server said anything");
  browser.socket.tell(snapshot(0));
  assert.equal(opens(), 1);
  assert.equal(browser.socket.url, CHANNEL);
  assert.equal(browser.timers.size, 0, "a WebSocket may be silent");
});

test("a page that has read some asks for what follows", () => {
  const { browser, told } = start({ after: 7 });
  browser.socket.begin(snapshot(8));
  assert.equal(JSON.parse(browser.socket.sent[0]).after, 7);
  browser.socket.tell(scan(7));
  browser.socket.tell(scan(8));
  assert.deepEqual(told, ["SCAN 8"]);
});

for (const [code, expected] of [
  [1000, false], [1001, true], [1002, false], [1003, false], [1005, false], [1006, true], [1007, false], [1008, false],
  [1009, false], [1010, false], [1011, true], [1012, false], [1015, false], [3000, false], [3999, false],
  [4000, true], [4029, true], [4408, true], [4499, true],
  [4500, false], [4501, false], [4503, false], [4504, false], [4509, false], [4999, false],
]) {
  for (const begun of [true, false]) {
    test(`close code ${code} ${begun ? "after" : "instead of"} the snapshot ${expected ? "connects again" : "is final"}`, async () => {
      assert.equal(reconnects(code), expected);
      const { browser, closings } = start();
      browser.socket.accept();
      if (begun) browser.socket.tell(snapshot(0));
      browser.socket.drop(code, "why");
      if (code === 1006 && !begun) {
        assert.deepEqual(closings, [], "another way is being tried");
        assert.equal(browser.calls.length, 1);
        return;
      }
      assert.deepEqual(closings, [{ code, reason: "why", willReconnect: expected }]);
      assert.equal(browser.timers.size, expected ? 1 : 0);
      if (expected) await browser.fire();
      else await browser.comeBack();
      assert.equal(browser.sockets.length, expected ? 2 : 1);
      assert.equal(browser.calls.length, 0);
      if (!expected) browser.assertClean();
    });
  }
}

test("after a reconnect nothing is told twice and everything new is", async () => {
  const { browser, told } = start();
  browser.socket.begin();
  browser.socket.tell(status(1, "claimed"));
  browser.socket.tell(scan(2));
  browser.socket.tell(notice(4, "skipped", "READ"));
  browser.socket.drop(1006);
  await browser.fire();
  browser.socket.begin(snapshot(4, "claimed"));
  assert.deepEqual(browser.socket.sent.map(JSON.parse), [{ qrCodeText: TICKET, after: 4 }]);
  for (const frame of [scan(2), notice(4, "skipped", "READ"), scan(5), event(6, "INFO"), status(7, "completed")]) browser.socket.tell(frame);
  assert.deepEqual(told, ["claimed 1", "SCAN 2", "skipped 4", "SCAN 5", "INFO 6", "completed 7"]);
});

test("each callback gets what it is for, and the whole frame", () => {
  const got = [];
  const keep = (name) => (...values) => got.push([name, ...values]);
  const { browser } = start({ onService: keep("service"), onStatus: keep("status"), onNotice: keep("notice"), onSnapshot: keep("snapshot") });
  const frames = [snapshot(3, "claimed"), { ...event(4, "FACE"), more: true }, notice(5, "opened"), status(6, "failed", "FACE_NO_MATCH")];
  browser.socket.accept();
  for (const frame of frames) browser.socket.tell(frame);
  assert.deepEqual(got, [
    ["snapshot", frames[0]], ["service", "FACE", frames[1]], ["notice", "opened", frames[2]], ["status", "failed", frames[3]],
  ]);
});

test("frames of other kinds are passed over", () => {
  const { browser, told, closings } = start();
  browser.socket.begin();
  for (const frame of ["", "{", "null", "[]", "7", new ArrayBuffer(4), { type: "qr", sessionId: "s" }, { ...scan(1), seq: "1" }, { ...scan(1), seq: 1.5 }, { service: "SCAN", sessionId: "s" }]) {
    browser.socket.tell(frame);
  }
  browser.socket.tell({ type: "novelty", sessionId: "s", seq: 8 });
  browser.socket.tell(scan(8));
  browser.socket.tell(scan(9));
  assert.deepEqual([told, closings], [["SCAN 9"], []]);
});

for (const [last, code] of [["completed", 1000], ["failed", 1000], ["cancelled", 1000], ["expired", 4504], ["deleted", 4504]]) {
  test(`a connection that breaks after ${last} has ended as ${code}`, () => {
    const { browser, told, closings } = start();
    browser.socket.begin();
    browser.socket.tell(status(1, last));
    assert.deepEqual([told, closings], [[`${last} 1`], []], "the close is waited for");
    browser.socket.drop(1006);
    assert.deepEqual(closings, [{ code, reason: "", willReconnect: false }]);
    browser.assertClean();
  });
}

test("a snapshot of an ended session is no end while the page lacks some of it", async () => {
  const { browser, closings, told } = start({ after: 1 });
  browser.socket.begin(snapshot(3, "completed"));
  browser.socket.drop(1006);
  assert.equal(closings[0].willReconnect, true);
  await browser.fire();
  browser.socket.begin(snapshot(3, "completed"));
  browser.socket.tell(event(2, "INFO"));
  browser.socket.tell(status(3, "completed"));
  browser.socket.drop(1000, "completed");
  assert.deepEqual(told, ["INFO 2", "completed 3"]);
  assert.deepEqual(closings[1], { code: 1000, reason: "completed", willReconnect: false });
});

test("a page that has all of an ended session is told so, however that connection ends", () => {
  const { browser, closings } = start({ after: 3 });
  browser.socket.begin(snapshot(3, "failed"));
  browser.socket.drop(1006);
  assert.deepEqual(closings, [{ code: 1000, reason: "", willReconnect: false }]);
});

test("the waiting time doubles to its cap and is jittered over all of it", () => {
  const caps = Array.from({ length: 8 }, (_, attempt) => delay(attempt, 1));
  assert.deepEqual(caps, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  assert.equal(delay(3, 0), 0);
  assert.equal(delay(3, 0.25), 1000);
  assert.equal(delay(5000, 1), 15000);
});

test("losses in a row wait longer; a connection that held starts again", async () => {
  const { browser } = start();
  const waits = [];
  const loseAfter = async (held) => {
    browser.socket.begin();
    await browser.pass(held);
    browser.socket.drop(1006);
    waits.push(browser.waiting);
  };
  for (const held of [0, 5_000, 9_999, 10_000]) {
    if (waits.length > 0) await browser.fire();
    await loseAfter(held);
  }
  assert.deepEqual(waits, [250, 500, 1000, 250]);
});

test("network or visibility coming back ends the waiting at once", async () => {
  for (const online of [true, false]) {
    const { browser } = start();
    await browser.comeBack(online);
    assert.equal(browser.sockets.length, 1, "nothing to do while connecting");
    browser.socket.begin();
    browser.socket.drop(4000);
    await browser.comeBack(online);
    assert.equal(browser.sockets.length, 2);
    assert.equal(browser.waiting, 3_000, "the old timer is not left to open another one");
    await browser.comeBack(online);
    assert.equal(browser.sockets.length, 2);
  }
});

test("a connection from before the network was away is replaced", async () => {
  const { browser, closings, told, opens } = start();
  browser.socket.begin();
  browser.socket.tell(scan(1));
  await browser.comeBack(true);
  assert.equal(browser.sockets[0].closedWith, 1000);
  assert.deepEqual(closings, [{ code: 1006, reason: "", willReconnect: true }]);
  browser.socket.begin(snapshot(2));
  assert.equal(JSON.parse(browser.socket.sent[0]).after, 1);
  browser.socket.tell(scan(2));
  assert.deepEqual([told, opens()], [["SCAN 1", "SCAN 2"], 2]);
});

test("a page that closes when it hears of the replacement gets none", async () => {
  const { browser, channel } = start({ onClose: () => channel.close() });
  browser.socket.begin();
  await browser.comeBack(true);
  assert.equal(browser.sockets.length, 1);
  browser.assertClean();
});

test("a page that becomes visible replaces a connection only after a long silence", async () => {
  const { browser } = start();
  browser.socket.begin();
  await browser.pass(49_999);
  await browser.comeBack(false);
  assert.equal(browser.sockets.length, 1);
  await browser.pass(1);
  await browser.comeBack(false);
  assert.equal(browser.sockets.length, 2);
});

test("close ends everything and calls nothing back", async () => {
  const { browser, channel, told, closings, opens } = start();
  channel.close();
  channel.close();
  assert.equal(browser.socket.closedWith, 1000);
  browser.socket.begin();
  browser.socket.tell(scan(2));
  await browser.comeBack();
  assert.deepEqual([told, closings, opens(), browser.sockets.length], [[], [], 0, 1]);
  assert.deepEqual(browser.socket.sent.length, 0, "the secret is not sent after close");
  browser.assertClean();
});

test("close holds at each moment of a connection", async () => {
  const moments = {
    "while it opens": () => {},
    "before the snapshot": ({ socket }) => socket.accept(),
    "when it stands": ({ socket }) => socket.begin(),
    "while it waits": ({ socket }) => { socket.begin(); socket.drop(1006); },
    "when it has ended": ({ socket }) => socket.drop(4504),
  };
  for (const [when, reach] of Object.entries(moments)) {
    const { browser, channel, closings } = start();
    reach(browser);
    const before = closings.length;
    channel.close();
    await browser.pass(60_000);
    await browser.comeBack();
    assert.deepEqual([when, browser.sockets.length, browser.calls.length, closings.length], [when, 1, 0, before]);
    browser.assertClean();
  }
});

test("close from within any callback holds", async () => {
  for (const name of ["onOpen", "onSnapshot", "onService", "onStatus", "onNotice", "onClose"]) {
    const later = [];
    const { browser, channel } = start({
      ...Object.fromEntries(["onOpen", "onSnapshot", "onService", "onStatus", "onNotice", "onClose"].map((other) => [other, () => {
        later.push(other);
        if (other === name) channel.close();
      }])),
    });
    browser.socket.begin();
    for (const frame of [scan(1), notice(2, "opened"), status(3, "claimed")]) browser.socket.tell(frame);
    browser.socket.drop(1006);
    await browser.pass(60_000);
    assert.equal(later.at(-1), name, "called back after close");
    assert.equal(browser.sockets.length, 1);
    browser.assertClean();
  }
});

test("what a callback throws breaks nothing and is reported", async () => {
  const wrong = () => {
    throw new Error("the page's own");
  };
  const { browser, told } = start({ onOpen: wrong, onSnapshot: wrong, onClose: wrong, onService: (service, frame) => { told.push(`${service} ${frame.seq}`); wrong(); } });
  browser.socket.begin();
  browser.socket.tell(scan(1));
  browser.socket.tell(scan(2));
  browser.socket.drop(1006);
  await browser.fire();
  browser.socket.begin(snapshot(2));
  browser.socket.tell(scan(3));
  assert.deepEqual(told, ["SCAN 1", "SCAN 2", "SCAN 3"]);
  assert.equal(browser.reported.length, 8);
});

test("no callback is needed", () => {
  const browser = new FakeBrowser();
  connect({ url: CHANNEL, qrCodeText: TICKET }, browser.environment);
  browser.socket.begin();
  for (const frame of [scan(1), notice(2, "opened"), status(3, "failed")]) browser.socket.tell(frame);
  browser.socket.drop(1000);
  browser.assertClean();
});

test("a missing text and a bad address are told at once", () => {
  const browser = new FakeBrowser();
  for (const qrCodeText of [undefined, "", 7]) {
    assert.throws(() => connect({ url: CHANNEL, qrCodeText }, browser.environment), TypeError);
  }
  browser.environment.open = () => {
    throw new SyntaxError("no such address");
  };
  assert.throws(() => connect({ url: "nonsense", qrCodeText: TICKET }, browser.environment), SyntaxError);
  browser.assertClean();
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

for (const [channel, expected] of [
  [CHANNEL, EVENTS],
  ["wss://shop.test:444/verify/ws/v1/session", "https://shop.test:444/verify/api/v1/session/events"],
  ["wss://shop.test/ws/v1/session?edge=2", "https://shop.test/api/v1/session/events?edge=2"],
  ["https://shop.test/ws/v1/session", "https://shop.test/api/v1/session/events"],
  ["wss://shop.test/channel", undefined],
  ["wss://shop.test/ws/v1/session/more", undefined],
]) {
  test(`${channel} over HTTP is ${expected}`, () => assert.equal(eventsURL(channel), expected));
}
