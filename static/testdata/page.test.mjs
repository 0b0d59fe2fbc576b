// A page that has a secret of its own, and a picture that changes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../baton.js";
import { CHANNEL, FakeBrowser, notice, scan, snapshot, start, startPoll, startStream, status } from "./browser.mjs";

const TOKEN = "234567ZYXWVUTSRQPONMLKJIHGFEDCBA";
const mine = { qrCodeText: undefined, pageToken: TOKEN };
const due = { type: "qr", sessionId: "s" };

function counting(options = mine) {
  let pictures = 0;
  return [{ ...options, onPicture: () => (pictures += 1) }, () => pictures];
}

test("the page token goes where the code's text would go", async () => {
  const { browser } = start({ ...mine, after: 3 });
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent.map(JSON.parse), [{ pageToken: TOKEN, after: 3 }]);
  assert.ok(!browser.socket.url.includes(TOKEN));
  for (const [what, begin] of Object.entries({ stream: startStream, poll: startPoll })) {
    const { browser } = await begin(mine);
    assert.equal(browser.call.headers.Authorization, TOKEN, what);
    assert.ok(!browser.call.url.includes(TOKEN), what);
  }
});

test("it takes either secret, not none and not both", () => {
  for (const secrets of [{}, { pageToken: "" }, { pageToken: 7 }, { qrCodeText: TOKEN, pageToken: TOKEN }, { qrCodeText: "", pageToken: TOKEN }]) {
    const browser = new FakeBrowser();
    assert.throws(() => connect({ url: CHANNEL, ...secrets }, browser.environment), { name: "TypeError", message: /pageToken/ });
    browser.assertClean();
  }
});

test("notices of the guard come with what they say", () => {
  const heard = [];
  const { browser } = start({ ...mine, onNotice: (notice, { number }) => heard.push([notice, number]) });
  browser.socket.begin(snapshot(0));
  browser.socket.tell(notice(1, "opened"));
  browser.socket.tell({ ...notice(2, "confirm"), number: "07" });
  browser.socket.tell(notice(3, "confirm_failed"));
  browser.socket.tell(notice(4, "second_claim"));
  browser.socket.tell(notice(5, "not_me"));
  assert.deepEqual(heard, [["opened", undefined], ["confirm", "07"], ["confirm_failed", undefined], ["second_claim", undefined], ["not_me", undefined]]);
});

for (const [what, begin] of Object.entries({
  "WebSocket": async (options) => {
    const started = start(options);
    started.browser.socket.begin(snapshot(0));
    return { ...started, tell: (frame) => started.browser.socket.tell(frame) };
  },
  "stream": async (options) => {
    const started = await startStream(options);
    await started.browser.call.begin(snapshot(0));
    return { ...started, tell: (frame) => started.browser.call.tell(frame) };
  },
})) {
  test(`a ${what} says when a picture is due, and its beginning does`, async () => {
    const [options, pictures] = counting();
    const { tell, told } = await begin(options);
    assert.equal(pictures(), 1);
    await tell(due);
    await tell(due);
    assert.deepEqual([pictures(), told], [3, []]);
    await tell(scan(1));
    assert.deepEqual([pictures(), told], [3, ["SCAN 1"]], "a picture has no number");
  });
}

test("a page that was away draws its picture when it is back", async () => {
  const [options, pictures] = counting();
  const { browser } = start(options);
  browser.socket.begin(snapshot(0));
  browser.socket.drop(1006);
  await browser.fire();
  assert.equal(pictures(), 1);
  browser.socket.begin(snapshot(1));
  assert.equal(pictures(), 2);
  browser.socket.drop(1006);
  await browser.fire();
  browser.socket.begin(snapshot(2, "claimed"));
  assert.equal(pictures(), 2, "nobody scans a code that has been claimed");
});

test("polls stand for pictures, often enough that none is too old", async () => {
  const [options, pictures] = counting();
  const { browser } = await startPoll(options);
  await browser.call.answer(200, { status: "created", seq: 0, snapshot: snapshot(0), events: [] });
  assert.deepEqual([pictures(), browser.call.asked.wait], [1, "15"]);
  await browser.pass(15_000);
  await browser.call.answer(200, { status: "created", seq: 0, events: [] });
  await browser.pass(2_000);
  await browser.call.answer(200, { status: "created", seq: 1, events: [notice(1, "opened")] });
  assert.equal(pictures(), 3);
  await browser.pass(2_000);
  await browser.call.answer(200, { status: "claimed", seq: 2, events: [status(2, "claimed")] });
  await browser.pass(15_000);
  await browser.call.answer(200, { status: "claimed", seq: 2, events: [] });
  assert.equal(pictures(), 3);
});

test("a page whose code stands polls as before", async () => {
  const { browser } = await startPoll(mine);
  await browser.call.answer(200, { status: "created", seq: 0, snapshot: snapshot(0), events: [] });
  assert.equal(browser.call.asked.wait, "25");
});

test("closing while a picture is drawn ends everything", async () => {
  let channel;
  const { browser, told, channel: opened } = await startPoll({ ...mine, onPicture: () => channel?.close() });
  channel = opened;
  await browser.call.answer(200, { status: "created", seq: 1, snapshot: snapshot(1), events: [scan(1)] });
  assert.deepEqual(told, []);
  browser.assertClean();
});
