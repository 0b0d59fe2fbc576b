// @ts-check
/**
 * The script of the phone's page: it plays a phone with invented documents. The secret stands in the address's fragment
 * and leaves the browser in the Authorization header only. Nothing is claimed before the person's tap.
 *
 * What it is made of is loaded from here, so that there is somebody to say so when a file of it does not come.
 */

const page = document.getElementById("phone");
if (page) {
  import("./phone_play.js").then(
    ({ play }) => play(page),
    () => unloaded(page),
  );
}

/**
 * A part of this page's script did not come: nothing has begun, so the page is simply loaded again.
 * @param {HTMLElement} root
 */
function unloaded(root) {
  const ends = /** @type {HTMLTemplateElement} */ (document.getElementById("phone-ends")).content;
  const shown = /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (ends.querySelector("[data-outcome=error]")), true));
  root.dataset.state = "end";
  document.getElementById("phone-stage")?.replaceChildren(shown);
  shown.querySelector("[data-do=retry]")?.addEventListener("click", () => location.reload());
}
