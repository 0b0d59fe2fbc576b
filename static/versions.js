// @ts-check
// A page that fetches itself anew, to put parts of it in the place of what is shown, may be answered by a server that has been
// upgraded meanwhile: with markup for other scripts than those that run.

/**
 * Whether a page was drawn for the scripts that are here. Their names stand for one version of each and of all that it loads.
 * @param {Document} page that was fetched
 */
export function isForThese(page) {
  return scriptsOf(page) === scriptsOf(document);
}

/** @param {Document} page */
function scriptsOf(page) {
  const later = /** @type {HTMLElement | null} */ (page.querySelector("[data-baton]"))?.dataset.baton;
  const sources = [...page.scripts].map((script) => script.getAttribute("src") ?? "");
  return sources.filter((source) => source.startsWith("/static/")).join() + later; // others are a browser extension's, or a proxy's
}
