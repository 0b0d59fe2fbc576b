// @ts-check
/**
 * The phone beside the page: where there is room for it, it opens there instead of in another tab. It stands outside the part
 * that is drawn anew, so that it goes on while the page follows it, and it comes back when the whole page is loaded again.
 */

/** Where this tab keeps whether the phone stands beside the page. */
const BESIDE = "phone-beside";

/**
 * @param {HTMLElement} root the part that is drawn anew
 * @param {string} title the frame's
 */
export function makeBeside(root, title) {
  window.addEventListener("message", gone);
  return { offer };

  /** Takes up the state that now stands in the page. */
  function offer() {
    const place = document.getElementById("phone-here");
    const link = root.querySelector("#open-phone");
    const session = root.dataset.session ?? "";
    if (!place) return;
    if (place.dataset.session !== session) {
      place.hidden = true; // its code has been replaced
      place.replaceChildren();
    }
    if (!(link instanceof HTMLAnchorElement)) return;
    const kept = besideOf(session);
    if (kept === "open" && place.hidden) put(place, link, session);
    const choice = root.querySelector("#phone-again"); // only whose phone stood here has it here again
    if (choice instanceof HTMLElement) choice.hidden = kept === "" || !place.hidden;
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || !window.matchMedia("(min-width: 1064px)").matches) return;
      event.preventDefault();
      put(place, link, session).focus();
      keepBeside(session, "open");
      if (choice instanceof HTMLElement) choice.hidden = true;
    };
  }

  /**
   * @param {HTMLElement} place
   * @param {HTMLAnchorElement} link leads to the phone's page, and has no secret itself
   * @param {string} session
   */
  function put(place, link, session) {
    const phone = document.createElement("iframe");
    phone.title = title;
    phone.src = link.href;
    place.dataset.session = session;
    place.replaceChildren(phone);
    place.hidden = false;
    return phone;
  }

  /**
   * The phone is done, and whoever used it wants back to the page.
   * @param {MessageEvent} message
   */
  function gone(message) {
    const place = document.getElementById("phone-here");
    const phone = place?.querySelector("iframe");
    if (!place || !phone || message.source !== phone.contentWindow || message.origin !== location.origin || message.data !== "baton-phone-back") return;
    place.hidden = true;
    place.replaceChildren();
    keepBeside(place.dataset.session ?? "", "closed");
    offer();
    document.querySelector("h1")?.focus();
  }
}

// Only the hand-over's name is kept, which is no secret: the server leads the frame to the code, and the phone knows its
// screen again by that. Storage can be switched off; then nothing comes back.

/**
 * @param {string} session
 * @returns {"open" | "closed" | ""} nothing: it never stood there
 */
function besideOf(session) {
  try {
    const kept = window.sessionStorage.getItem(BESIDE);
    if (kept === `open ${session}`) return "open";
    return kept === `closed ${session}` ? "closed" : "";
  } catch {
    return "";
  }
}

/**
 * @param {string} session
 * @param {"open" | "closed"} how
 */
function keepBeside(session, how) {
  try {
    window.sessionStorage.setItem(BESIDE, `${how} ${session}`);
  } catch {
    // besideOf() says that it never stood there
  }
}
