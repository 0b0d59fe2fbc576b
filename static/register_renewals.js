// @ts-check
/** How often this tab has renewed a code by itself. Storage can be switched off; then the page asks at once. */

/** Codes that the page renews by itself before it asks. */
const RENEWALS = 2;

export function mayRenew() {
  return renewals() < RENEWALS;
}

function renewals() {
  try {
    return Number(window.sessionStorage.getItem("renewals") ?? 0);
  } catch {
    return RENEWALS;
  }
}

export function countRenewal() {
  try {
    window.sessionStorage.setItem("renewals", String(renewals() + 1));
  } catch {
    // renewals() says that there have been enough
  }
}

export function forgetRenewals() {
  try {
    window.sessionStorage.removeItem("renewals");
  } catch {
    // nothing was counted
  }
}
