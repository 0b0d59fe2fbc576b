// @ts-check
/** Where the phone shows its screens, one at a time, and says what it has to say. */

/** @typedef {import("./phone_play.js").Phone} Phone */

/** @param {Phone} phone */
export function makeStage(phone) {
  const { root, part, copyOf } = phone;
  const stage = part("phone-stage");
  const live = part("phone-live");

  return { mount, working, say, announce, lock };

  /**
   * Puts a screen in place of the one that is there, and takes the focus and the screen reader along.
   * @param {Element | null} element
   * @param {string} state
   */
  function mount(element, state) {
    if (!element) return;
    phone.byItself.stop();
    root.dataset.state = state;
    phone.pace.rest();
    stage.replaceChildren(element);
    phone.setBusy(phone.isBusy());
    const heading = element.querySelector("h1");
    if (!heading) return;
    document.title = document.title.replace(/^.*(?= · )/, heading.textContent ?? "");
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }

  function working() {
    mount(copyOf("phone-working").firstElementChild, "working");
  }

  /**
   * Says on the screen why it stays; nothing when text is empty.
   * @param {HTMLElement} screen
   * @param {string} text
   */
  function say(screen, text) {
    const place = screen.querySelector("[data-said]");
    if (!(place instanceof HTMLElement)) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  /** @param {boolean} on whether what there is to press and to choose does nothing */
  function lock(on) {
    for (const button of stage.querySelectorAll("[data-do=next], [data-do=again], [data-do=skip], [type=submit]")) {
      if (on) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    for (const choice of stage.querySelectorAll("input")) choice.disabled = on;
  }

  /** @param {string} text */
  function announce(text) {
    live.textContent = text;
  }
}
