// @ts-check
/**
 * Beside the page, on a presenter's computer, the phone does by itself what a real one does without a tap, or after one look: it
 * reads the chip once it lies there, and takes the face once that is in the oval. Which document, and a consent, stay the person's.
 */

/** How long each kind of screen is looked at before, in milliseconds. @type {Record<string, number>} */
const LOOKS = { help: 4_000, review: 4_000, read: 2_500, face: 2_500 };
const LEAST = 300; // however fast the phone works: the screen is to be seen
const KEPT = "baton-phone-self";

/**
 * @param {object} page
 * @param {HTMLInputElement} page.choice
 * @param {boolean} page.beside
 * @param {() => boolean} page.held something else is asked or chosen
 * @param {(milliseconds: number) => number} page.stretch
 */
export function makeSelf({ choice, beside, held, stretch }) {
  let timer = 0;
  /** @type {HTMLElement | undefined} */
  let waiting;

  try {
    choice.checked = localStorage.getItem(KEPT) !== "no";
  } catch {
    // Storage is switched off: it goes on by itself.
  }
  choice.addEventListener("change", () => {
    if (!choice.checked) stop();
    try {
      localStorage.setItem(KEPT, choice.checked ? "yes" : "no");
    } catch {
      // Storage is full or switched off: the choice holds until the page is loaded again.
    }
  });

  return { wait, stop };

  /**
   * Goes on from a screen after a look at it, unless it is stopped before.
   * @param {HTMLElement} screen
   * @param {() => void} goOn
   */
  function wait(screen, goOn) {
    stop();
    const look = LOOKS[screen.dataset.kind ?? ""];
    if (!beside || !choice.checked || !look || screen.dataset.silent !== undefined) return;
    const length = Math.max(LEAST, stretch(look));
    waiting = screen;
    screen.style.setProperty("--phone-look", `${length}ms`);
    screen.toggleAttribute("data-by-itself", true);
    timer = window.setTimeout(() => (held() ? wait(screen, goOn) : goOn()), length);
  }

  function stop() {
    window.clearTimeout(timer);
    waiting?.toggleAttribute("data-by-itself", false);
    waiting = undefined;
  }
}
