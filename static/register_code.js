// @ts-check
/** The code on the page: its picture, which may change every few seconds, and its link, which is fetched when somebody copies it. */

/** A call that takes longer is given up, or a half-open connection would keep the page still. Milliseconds. */
export const ANSWER_WITHIN = 15_000;
/** A picture that could not be fetched is asked for again. Milliseconds. */
const PICTURE_AGAIN = 2_000;

/**
 * @param {object} page
 * @param {HTMLElement} page.root
 * @param {() => boolean} page.isShown whether the page shows a code
 * @param {(name: string) => string} page.say
 * @param {(words: string) => void} page.announce
 */
export function makeCode({ root, isShown, say, announce }) {
  /** Counts the pictures asked for: only the last one may be drawn. */
  let pictures = 0;

  return { renewPicture, putPicture, offerLink };

  /**
   * Puts the code of this moment into the picture that is there.
   * @param {number} [pause] before the next attempt, should this one fail
   */
  async function renewPicture(pause = PICTURE_AGAIN) {
    const { pageToken } = root.dataset;
    if (!isShown() || !pageToken) return;
    pictures += 1;
    const asked = pictures;
    const current = () => asked === pictures && isShown() && root.dataset.pageToken === pageToken;
    try {
      const response = await asPage("GET", "/api/v1/session/qr.svg?link=true", pageToken);
      const drawn = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
      if (current()) putPicture(drawn.documentElement);
    } catch {
      window.setTimeout(() => {
        if (current()) renewPicture(2 * pause);
      }, pause);
    }
  }

  /**
   * Only the modules change: no element moves, and nothing else of the drawing is taken.
   * @param {ParentNode & Element} drawn holds the picture, or is it
   */
  function putPicture(drawn) {
    const path = drawn.querySelector("path")?.getAttribute("d");
    const picture = root.querySelector(".qr");
    const box = (drawn.matches("svg") ? drawn : drawn.querySelector("svg"))?.getAttribute("viewBox");
    if (!path || !box || !picture) return;
    picture.setAttribute("viewBox", box);
    picture.querySelector("path")?.setAttribute("d", path);
  }

  /**
   * Copies a link, which is asked for when it is wanted. A page on a plain http address in the home network has no
   * clipboard; there the old way is tried, and if that fails too the link is shown and selected.
   */
  function offerLink() {
    const button = root.querySelector("#copy-link");
    const field = root.querySelector("#copy-text");
    if (!(button instanceof HTMLButtonElement) || !(field instanceof HTMLInputElement) || !button.hidden || !field.hidden) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const asked = asPage("POST", "/api/v1/session/link", root.dataset.pageToken ?? "").then((response) => response.json());
      try {
        field.value = (await asked).link;
      } catch {
        button.textContent = say("CopyAgain");
        announce(say("CopyFailed"));
        return;
      }
      if (await copied(field)) {
        button.textContent = say("Copied");
        announce(say("CopiedSaid"));
        window.setTimeout(() => (button.textContent = say("CopyLink")), 3_000);
        return;
      }
      field.hidden = false;
      field.select();
      button.hidden = true;
      announce(say("CopySelected"));
    });
  }
}

/** @param {HTMLInputElement} field */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.hidden = false;
    field.select();
    const done = document.execCommand("copy");
    field.hidden = done;
    return done;
  }
}

/**
 * Calls the server with the page's own secret, which stands in the header and nowhere else.
 * @param {string} method
 * @param {string} address
 * @param {string} pageToken
 */
async function asPage(method, address, pageToken) {
  const response = await fetch(address, {
    method, headers: { Authorization: pageToken }, cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}
