// @ts-check
/** What this tab remembers of the phone, so that a reload goes on where the person was. */

/** @typedef {{ outcome: string, at: string, level: string }} Wishes */
/** @typedef {{ specimen?: string, chipRead?: boolean, faceLevel?: number, attempts?: number }} Capture what the phone has of a document */
/** @typedef {{ outcome: string, reason: string, detail: string }} End */
/** @typedef {{ started: boolean, index: number, captures: Record<string, Capture>, done: string[], wishes: Wishes | null, numbered: boolean, cut: boolean, end: End | null }} Memory */

/**
 * @param {string} key names the code, and does not lead back to it
 * @returns {{ memory: Memory, remember: () => void }} whoever changes the memory calls remember
 */
export function makeMemory(key) {
  const storageKey = `baton-phone-${key}`;
  const memory = recall(storageKey);
  return { memory, remember };

  function remember() {
    try {
      sessionStorage.setItem(storageKey, JSON.stringify(memory));
    } catch {
      // Storage is full or switched off: a reload then begins again, and the keys of the events make that harmless.
    }
  }
}

/**
 * @param {string} key
 * @returns {Memory}
 */
function recall(key) {
  /** @type {Memory} */
  const fresh = { started: false, index: 0, captures: {}, done: [], wishes: null, numbered: false, cut: false, end: null };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(key) ?? "{}") };
  } catch {
    return fresh;
  }
}
