// @ts-check
/**
 * What makes the chosen outcome happen on this phone: it really loses its network, holds an expired document, has no chip
 * reader, shows another face, or stops at a step. What the provider brings about is asked of it with the result.
 */

/** @typedef {import("./phone_play.js").Phone} Phone */

/** How long a phone that loses its network is without one, in milliseconds. */
const CUT = 6_000;
const SHORT_CUT = 1_200;
/** How long a screen is there before the person stops on it, in milliseconds. */
const SEEN = 1_200;

/** @param {Phone} phone */
export function makeOutcomes(phone) {
  const { memory, remember } = phone;

  return { happens, hasNoChipReader, cannotRead, held, faceLevel, ofTheResult };

  /**
   * Lets happen what was chosen to happen at this screen. Returns whether that is the end.
   * @param {HTMLElement[]} screens this one and those that follow
   * @param {boolean} first whether it is the first of all
   */
  function happens(screens, first) {
    const { outcome, at } = phone.wishes.now();
    const service = screens.find((screen) => screen.dataset.step)?.dataset.step;
    if (at === "" ? !first : at !== service) return false;
    switch (outcome) {
      case "user_cancels":
        stopOnceSeen("cancelled", "USER_CANCEL");
        return true;
      case "session_expires":
        stopOnceSeen("failed", "SESSION_EXPIRED");
        return true;
      case "network_cut":
        if (!memory.cut) phone.session.cut(phone.pace.isInstant() ? SHORT_CUT : CUT);
        memory.cut = true;
        remember();
    }
    return false;
  }

  /**
   * @param {"failed" | "cancelled"} status
   * @param {string} reason
   */
  function stopOnceSeen(status, reason) {
    phone.run((signal) => phone.pace.pause(SEEN, signal).then(() => phone.course.stop(status, reason, signal)));
  }

  function hasNoChipReader() {
    return phone.wishes.now().outcome === "nfc_unavailable";
  }

  function cannotRead() {
    return phone.wishes.now().outcome === "unreadable_document";
  }

  /**
   * Which specimen is before the camera.
   * @param {HTMLElement[]} specimens
   * @param {HTMLElement | undefined} chosen
   */
  function held(specimens, chosen) {
    if (phone.wishes.now().outcome !== "expired_document") return chosen;
    return specimens.find((one) => one.dataset.expired !== undefined) ?? chosen;
  }

  function faceLevel() {
    const { outcome, level } = phone.wishes.now();
    return outcome === "too_many_attempts" ? 0 : Number(level);
  }

  /** What the provider is to make of an enrolment that came to its end. */
  function ofTheResult() {
    return phone.wishes.isProviders() ? phone.wishes.now().outcome : "success";
  }
}
