import assert from "node:assert/strict";
import { test } from "node:test";

import { EVENTS, TICKET, event, notice, scan, snapshot, start, startPoll, startStream, status } from "./browser.mjs";

test("a WebSocket that does not open within 3 s is given up for a stream", async () => {
  const { browser, closings } = start({ after: 4 });
  await browser.pass(2_999);
  assert.equal(browser.calls.length, 0);
  await browser.pass(1);
  assert.ok(browser.socket.over, "the socket is left open");
  assert.equal(browser.calls.length, 1);
  const { url, headers, init } = browser.call;
  assert.deepEqual(
    [url, headers, init.cache, init.credentials, init.redirect],
    [EVENTS, { Accept: "text/event-stream", Authorization: TICKET, "Last-Event-ID": "4" }, "no-store", "omit", "error"],
  );
  browser.sockets[0].accept();
  assert.deepEqual([browser.sockets[0].sent, closings], [[], []]);
});

test("a WebSocket that opens and says nothing is given up, too", async () => {
  const { browser } = start();
  await browser.pass(2_000);
  browser.socket.accept();
  await browser.pass(9_999);
  assert.equal(browser.calls.length, 0);
  await browser.pass(1);
  assert.equal(browser.calls.length, 1);
});

test("a WebSocket that fails before it opened is given up at once", async () => {
  const { browser, closings } = await startStream();
  assert.equal(browser.calls.length, 1);
  assert.deepEqual(closings, []);
});

test("an address that is not the contract's has no other way", async () => {
  const { browser, closings } = start({ url: "wss://shop.test/channel" });
  browser.socket.drop(1006);
  assert.deepEqual([browser.calls.length, closings], [0, [{ code: 1006, reason: "", willReconnect: true }]]);
  await browser.fire();
  assert.equal(browser.sockets.length, 2);
});

test("a stream tells what a WebSocket does, in whatever pieces it comes", async () => {
  const frames = [];
  let name;
  const { browser, told, opens } = await startStream({ onSnapshot: (frame) => frames.push(frame), onStatus: (status, frame) => ({ name } = frame) });
  await browser.call.begin(snapshot(0));
  assert.deepEqual([frames, opens()], [[snapshot(0)], 1]);
  await browser.call.tell(": 25 s\n\n", scan(1), notice(3, "opened"));
  const text = new TextEncoder().encode(`id: 4\r\ndata: ${JSON.stringify({ ...status(4, "claimed"), name: "Zoë – 名" })}\r\n\r\n`);
  for (const byte of text) await browser.call.send(Uint8Array.of(byte));
  await browser.call.tell(`id: 5\ndata:{"type":"event","sessionId":"s",\ndata:"seq":5,"service":"FACE","at":"now"}\n\n`, "data: {\n\n", "\n\n");
  assert.deepEqual([told, name], [["SCAN 1", "opened 3", "FACE 5"], "Zoë – 名"]);
});

test("a stream that breaks goes on where it was, by the same way", async () => {
  const { browser, told, closings } = await startStream();
  await browser.call.begin(snapshot(2), scan(1), scan(2));
  await browser.call.fail();
  assert.deepEqual(closings, [{ code: 1006, reason: "", willReconnect: true }]);
  await browser.fire();
  assert.deepEqual([browser.sockets.length, browser.call.headers["Last-Event-ID"]], [1, "2"]);
  await browser.call.begin(snapshot(3), scan(2), scan(3));
  await browser.call.finish(); // as a server does that is being restarted
  await browser.fire();
  assert.equal(browser.call.headers["Last-Event-ID"], "3");
  assert.deepEqual([told, browser.calls.length], [["SCAN 1", "SCAN 2", "SCAN 3"], 3]);
});

for (const [last, code] of [["completed", 1000], ["failed", 1000], ["cancelled", 1000], ["expired", 4504], ["deleted", 4504]]) {
  test(`a stream that ends after ${last} ends as ${code}`, async () => {
    const { browser, told, closings } = await startStream();
    await browser.call.begin(snapshot(0), status(1, last));
    await browser.call.finish();
    assert.deepEqual([told, closings], [[`${last} 1`], [{ code, reason: "", willReconnect: false }]]);
    browser.assertClean();
  });

  test(`a poll that answers ${last} ends as ${code}`, async () => {
    const { browser, told, closings } = await startPoll();
    await browser.call.answer(200, { status: last, seq: 1, events: [status(1, last)] });
    assert.deepEqual([told, closings], [[`${last} 1`], [{ code, reason: last, willReconnect: false }]]);
    browser.assertClean();
  });
}

test("a stream that says nothing for 50 s is broken", async () => {
  const { browser, closings } = await startStream();
  await browser.call.begin(snapshot(0));
  for (let i = 0; i < 3; i += 1) {
    await browser.pass(49_999);
    await browser.call.tell(": still here\n\n");
  }
  assert.equal(browser.calls.length, 1);
  await browser.pass(50_000);
  assert.ok(browser.calls[0].over);
  assert.deepEqual(closings, [{ code: 1006, reason: "", willReconnect: true }]);
  assert.equal(browser.calls[1].isStream, false, "what holds streams back may let polls pass");
});

for (const [what, answer] of Object.entries({
  "delivers nothing within 3 s": (browser) => browser.pass(3_000),
  "delivers no more than its headers within 3 s": async (browser) => { await browser.call.begin(); await browser.pass(3_000); },
  "is no stream": (browser) => browser.call.answer(200, "<p>Welcome to our network"),
  "is refused by a proxy": (browser) => browser.call.answer(403, "<p>Forbidden"),
  "is refused by a proxy for a while": (browser) => browser.call.answer(502, "<p>Bad gateway"),
  "is no route": (browser) => browser.call.refuse(404, "NOT_FOUND"),
  "is not allowed": (browser) => browser.call.refuse(405, "METHOD_NOT_ALLOWED"),
  "fails": (browser) => browser.call.fail(),
})) {
  test(`where a stream ${what}, polls go on`, async () => {
    const { browser, closings, opens } = await startStream({ after: 5 });
    await answer(browser);
    assert.equal(browser.calls.length, 2);
    assert.ok(browser.calls[0].over || browser.calls[0].init.signal.aborted, "the stream is left open");
    assert.deepEqual([browser.call.asked, browser.call.headers], [{ after: "5", wait: "0" }, { Accept: "application/json", Authorization: TICKET }]);
    assert.deepEqual([closings, opens()], [[], 0]);
  });
}

test("polls tell everything once, and wait from the second one on", async () => {
  const frames = [];
  const { browser, told, opens, closings } = await startPoll({ onSnapshot: (frame) => frames.push(frame) });
  await browser.call.answer(200, { status: "created", seq: 3, snapshot: snapshot(3), events: [scan(1), scan(2)] });
  assert.deepEqual([opens(), frames, browser.call.asked], [1, [snapshot(3)], { after: "3", wait: "25" }]);
  await browser.pass(25_000);
  await browser.call.answer(200, { status: "created", seq: 3, events: [] });
  await browser.pass(10);
  await browser.call.answer(200, { status: "claimed", seq: 5, snapshot: snapshot(5, "claimed"), events: [scan(2), status(4, "claimed"), event(5, "FACE")] });
  assert.equal(frames.length, 1, "the connection goes on, so there is no new snapshot");
  assert.deepEqual(browser.call.asked, { after: "5", wait: "25" });
  assert.deepEqual([told, closings], [["SCAN 1", "SCAN 2", "claimed 4", "FACE 5"], []]);
});

test("a poll without an answer for 50 s is broken, and begins again without waiting", async () => {
  const { browser, closings } = await startPoll();
  await browser.call.answer(200, { status: "created", seq: 2, events: [] });
  await browser.pass(50_000);
  assert.ok(browser.call.over);
  assert.equal(closings.length, 1);
  await browser.fire();
  assert.deepEqual([browser.sockets.length, browser.call.asked], [1, { after: "2", wait: "0" }]);
});

test("polls that are answered at once with nothing do not run hot", async () => {
  const { browser, closings } = await startPoll();
  await browser.call.answer(200, { status: "created", seq: 0, events: [] });
  await browser.call.answer(200, { status: "created", seq: 0, events: [] });
  assert.deepEqual([closings.length, browser.waiting], [1, 250]);
});

test("where no way works, a round counts as one attempt and begins at the WebSocket", async () => {
  const { browser, closings } = start();
  const waits = [];
  for (let round = 1; round <= 3; round += 1) {
    browser.socket.drop(1006);
    await browser.call.fail();
    await browser.call.fail();
    assert.deepEqual([browser.sockets.length, browser.calls.length, closings.length], [round, 2 * round, round]);
    waits.push(browser.waiting);
    await browser.fire();
  }
  assert.deepEqual(waits, [250, 500, 1000]);
  assert.deepEqual(closings[0], { code: 1006, reason: "", willReconnect: true });
});

for (const [httpStatus, error, code] of [
  [400, "INVALID_INPUT", 4500], [401, "UNAUTHORIZED", 4501], [403, "FORBIDDEN", 4503], [404, "SESSION_EXPIRED_OR_NOT_FOUND", 4504], [409, "SESSION_ENDED", 4509],
]) {
  for (const [what, begin] of Object.entries({ stream: startStream, poll: startPoll })) {
    test(`${httpStatus} of a ${what} is final as ${code}`, async () => {
      const { browser, closings } = await begin();
      await browser.call.refuse(httpStatus, error);
      assert.deepEqual(closings, [{ code, reason: error, willReconnect: false }]);
      browser.assertClean();
    });
  }
}

for (const [httpStatus, error, code] of [[429, "TOO_MANY_REQUESTS", 4029], [503, "UNAVAILABLE", 4000], [500, "UNEXPECTED_ERROR", 4000]]) {
  for (const [retryAfter, pause] of [[undefined, 0], ["7", 7_000], ["86400", 300_000], ["-1", 0], ["Wed, 21 Oct 2026 07:28:00 GMT", 0]]) {
    test(`${httpStatus} with Retry-After ${retryAfter} comes back as ${code} after ${pause} ms and more`, async () => {
      const { browser, closings } = await startStream();
      await browser.call.refuse(httpStatus, error, retryAfter === undefined ? {} : { "Retry-After": retryAfter });
      assert.deepEqual(closings, [{ code, reason: error, willReconnect: true }]);
      assert.deepEqual([browser.calls.length, browser.waiting], [1, pause + 250]);
      await browser.fire();
      assert.equal(browser.sockets.length, 2);
    });
  }
}

test("a restart behind a proxy goes on by the way that worked", async () => {
  const { browser, told, closings } = await startPoll();
  await browser.call.answer(200, { status: "created", seq: 1, events: [scan(1)] });
  await browser.call.answer(502, "<p>Bad gateway");
  assert.deepEqual(closings, [{ code: 4000, reason: "", willReconnect: true }]);
  await browser.fire();
  await browser.call.answer(200, { status: "created", seq: 2, events: [scan(2)] });
  assert.deepEqual([told, browser.sockets.length], [["SCAN 1", "SCAN 2"], 1]);
});

test("after five minutes the WebSocket has another try, and takes over", async () => {
  const { browser, told, closings, opens } = await startStream();
  await browser.call.begin(snapshot(1), scan(1));
  for (let passed = 0; passed < 275_000; passed += 25_000) {
    await browser.pass(25_000);
    await browser.call.tell(": still here\n\n");
  }
  assert.equal(browser.sockets.length, 1);
  await browser.pass(25_000);
  await browser.call.tell(scan(2));
  assert.equal(browser.sockets.length, 2);
  assert.ok(browser.call.over, "the stream is left open");
  browser.socket.begin(snapshot(3));
  assert.equal(JSON.parse(browser.socket.sent[0]).after, 2);
  browser.socket.tell(scan(3));
  assert.deepEqual([told, closings, opens(), browser.calls.length], [["SCAN 1", "SCAN 2", "SCAN 3"], [], 2, 1]);
});

test("the network's return brings the WebSocket back, from a stream and from waiting", async () => {
  const { browser, told } = await startStream();
  await browser.call.begin(snapshot(1), scan(1));
  await browser.comeBack(false);
  assert.equal(browser.sockets.length, 1, "visible again: the stream stands");
  await browser.comeBack(true);
  assert.ok(browser.call.over);
  browser.socket.drop(1006);
  await browser.call.begin(snapshot(2), scan(2));
  await browser.call.fail();
  await browser.comeBack(true);
  browser.socket.begin(snapshot(3));
  browser.socket.tell(scan(3));
  assert.deepEqual([told, browser.sockets.length], [["SCAN 1", "SCAN 2", "SCAN 3"], 3]);
});

test("the network's return does not wait for a call that was made without it", async () => {
  const { browser, closings } = await startPoll();
  await browser.comeBack(false);
  assert.equal(browser.sockets.length, 1);
  await browser.comeBack(true);
  assert.ok(browser.call.over);
  assert.deepEqual([browser.sockets.length, closings], [2, []]);
});

test("close holds at each moment of the other ways", async () => {
  const moments = {
    "stream called": [startStream, () => {}],
    "stream open": [startStream, ({ call }) => call.begin(snapshot(0))],
    "stream lost": [startStream, async ({ call }) => { await call.begin(snapshot(0)); await call.fail(); }],
    "poll called": [startPoll, () => {}],
    "poll waiting": [startPoll, ({ call }) => call.answer(200, { status: "created", seq: 0, events: [] })],
    "poll refused": [startPoll, ({ call }) => call.refuse(503, "UNAVAILABLE", { "Retry-After": "2" })],
  };
  for (const [when, [begin, reach]] of Object.entries(moments)) {
    const { browser, channel, closings, told } = await begin();
    await reach(browser);
    const [calls, before] = [browser.calls.length, closings.length];
    channel.close();
    await browser.pass(600_000);
    await browser.comeBack();
    assert.deepEqual([when, browser.calls.length, browser.sockets.length, closings.length, told], [when, calls, 1, before, []]);
    for (const call of browser.calls) assert.ok(call.over || call.init.signal.aborted, `${when}: a call is left open`);
    browser.assertClean();
  }
});

test("close from within a callback ends a stream and a poll in the middle of what they bring", async () => {
  for (const [begin, tell] of [
    [startStream, ({ call }) => call.begin(snapshot(2), scan(1), scan(2))],
    [startPoll, ({ call }) => call.answer(200, { status: "completed", seq: 2, events: [scan(1), scan(2)] })],
  ]) {
    const told = [];
    const { browser, channel, closings } = await begin({
      onService(service, { seq }) {
        told.push(`${service} ${seq}`);
        channel.close();
      },
    });
    await tell(browser);
    assert.deepEqual([told, closings], [["SCAN 1"], []]);
    browser.assertClean();
  }
});

test("what a callback throws breaks no stream and no poll", async () => {
  const wrong = () => {
    throw new Error("the page's own");
  };
  const { browser } = await startStream({ onService: wrong });
  await browser.call.begin(snapshot(2), scan(1), scan(2));
  assert.deepEqual([browser.reported.length, browser.call.over], [2, false]);

  const polling = await startPoll({ onService: wrong });
  await polling.browser.call.answer(200, { status: "created", seq: 2, events: [scan(1), scan(2)] });
  assert.deepEqual([polling.browser.reported.length, polling.browser.call.asked.after], [2, "2"]);
});
