import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Identity } from "../phone_calls.js";

const TICKET = "A".repeat(32);
const OTHER = "B".repeat(32);

/** A browser's storage, whose entries are its own properties as in a browser. */
class Storage {
  getItem(name) {
    return Object.hasOwn(this, name) ? this[name] : null;
  }
  setItem(name, value) {
    this[name] = String(value);
  }
  removeItem(name) {
    delete this[name];
  }
}

let addresses;

beforeEach(() => {
  addresses = [];
  globalThis.localStorage = new Storage();
  globalThis.location = { pathname: "/go", search: "?fast" };
  globalThis.history = { state: null, replaceState: (_state, _title, address) => addresses.push(address) };
});

const device = (fragment) => new Identity(fragment).headers["Baton-Device"];

test("a phone is the same for each of its codes, and another one for another code", () => {
  const first = device(TICKET);
  assert.match(first, /^[\w-]{22,128}$/);
  assert.equal(device(TICKET), first);
  assert.equal(device(`${TICKET}-CDEFGHIJ`), first, "with the next picture of the same code");
  assert.notEqual(device(OTHER), first);
  assert.ok(!JSON.stringify({ ...localStorage }).includes(TICKET), "the code is stored");
});

test("a phone of an old code is forgotten", (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const old = device(TICKET);
  localStorage.setItem("somebody-else", "{}");
  t.mock.timers.tick(31 * 60_000);
  assert.equal(device(TICKET), old, "a code that may still be valid");
  t.mock.timers.tick(5 * 60_000);
  device(OTHER);
  assert.deepEqual(Object.keys(localStorage).length, 2);
  assert.ok(Object.hasOwn(localStorage, "somebody-else"));
  assert.notEqual(device(TICKET), old);
});

test("what cannot be read is replaced", () => {
  device(TICKET);
  const [name] = Object.keys(localStorage);
  for (const kept of ["", "{", "7", JSON.stringify({ device: "short", until: Date.now() + 1_000 })]) {
    localStorage.setItem(name, kept);
    assert.match(device(TICKET), /^[\w-]{22,128}$/);
    assert.equal(device(TICKET), device(TICKET));
  }
});

test("without storage a phone is the same as long as its page", () => {
  globalThis.localStorage = new Storage();
  localStorage.getItem = () => {
    throw new Error("no storage");
  };
  const identity = new Identity(TICKET);
  assert.match(identity.headers["Baton-Device"], /^[\w-]{22,128}$/);
  assert.equal(identity.headers["Baton-Device"], identity.headers["Baton-Device"]);
});

test("the code beside the ticket is shown until the phone is bound, and then leaves the address", () => {
  const identity = new Identity(`${TICKET}-CDEFGHIJ`);
  assert.equal(identity.ticket, TICKET);
  assert.equal(identity.headers.Authorization, `${TICKET}-CDEFGHIJ`);
  assert.deepEqual(addresses, []);
  identity.bound();
  identity.bound();
  assert.equal(identity.headers.Authorization, TICKET);
  assert.deepEqual(addresses, [`/go?fast#${TICKET}`]);
});

test("an address without a code makes no phone", () => {
  assert.equal(new Identity("").ticket, "");
  assert.deepEqual({ ...localStorage }, {});
  new Identity(TICKET).bound();
  assert.deepEqual(addresses, [], "the address of a plain code stays");
});
