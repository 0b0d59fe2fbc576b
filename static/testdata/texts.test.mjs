// Every dictionary has every text, with the same places for values.
import assert from "node:assert/strict";
import { test } from "node:test";

import arabic from "../baton.ar.js";
import english from "../baton.en.js";

const places = (text) => (text.match(/{\w+}/g) ?? []).sort().join();

test("Arabic says all that English says", () => {
  assert.deepEqual(Object.keys(arabic), Object.keys(english));
  for (const [key, text] of Object.entries(arabic)) {
    assert.equal(places(text), places(english[key]), key);
    assert.match(text, /\p{Script=Arabic}/u, key);
  }
});
