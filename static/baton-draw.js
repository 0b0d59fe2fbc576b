// @ts-check
// The element's layouts, and what changes within one in place. A layout is drawn once; nothing else of it is touched than
// what is otherwise than before, so that focus and answers that were unfolded stay.

/** @import { View } from "./baton-element.js" */

const SVG = new Set(["svg", "path", "circle"]);

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | (() => void)>} attributes a function listens for the event that it is named after
 * @param {(Node | string | undefined)[]} children
 * @returns {any} its kind follows from the tag
 */
function h(tag, attributes = {}, ...children) {
  const element = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * Words that the page can put its own in the place of.
 * @param {View} view
 * @param {string} key
 */
const text = (view, key) => h("slot", { name: key }, view.texts[key] ?? key);

/**
 * @param {View} view
 * @param {string} key
 */
const heading = (view, key) => h("h2", { part: "heading", tabindex: "-1" }, text(view, key));

/**
 * @param {View} view
 * @param {string} key
 * @param {() => void} click
 * @param {string} kind
 */
const button = (view, key, click, kind = "quiet") => h("button", { type: "button", class: kind, part: `button ${kind}`, id: key, click }, text(view, key));

/**
 * @param {string} kind
 * @param {string} path
 */
const medal = (kind, path) => h("span", { class: `medal ${kind}`, part: "medal" }, icon(path, "28"));

/**
 * @param {string} path
 * @param {string} size
 */
const icon = (path, size) => h("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }, h("path", { d: path }));

const TICK = "M5 12.5l4.5 4.5L19 7.5";
const DASH = "M6 12h12";
const CROSS = "M7 7l10 10M17 7L7 17";
const CLOCK = "M12 7v5l3 3M21 12a9 9 0 1 1-18 0a9 9 0 0 1 18 0";
const MARK = "M12 6v8M12 18h.01";

/**
 * @param {View} view
 * @param {string} key a text with {time} in it
 */
function countdown(view, key) {
  const [before, after] = view.texts[key].split("{time}");
  const circle = { cx: "12", cy: "12", r: "9" };
  return h("p", { class: "countdown", part: "countdown", role: "timer", "aria-live": "off" },
    h("svg", { viewBox: "0 0 24 24", width: "20", height: "20", "aria-hidden": "true" },
      h("circle", circle),
      h("circle", { ...circle, id: "ring", class: "left", pathLength: "100", "stroke-dasharray": "100 100", transform: "rotate(-90 12 12)" })),
    h("span", {}, before, h("bdi", { id: "time", dir: "ltr" }), after ?? ""));
}

/**
 * @param {View} view
 * @param {string} kind
 * @param {string} path
 * @param {string} title
 * @param {(Node | undefined)[]} children
 */
const message = (view, kind, path, title, ...children) => [h("div", { class: "message", part: "message" }, medal(kind, path), heading(view, title), ...children)];

/**
 * @param {View} view
 * @param {string} key
 */
const renewal = (view, key) => (view.host.renew ? button(view, key, () => view.renew(), "primary") : undefined);

/** @param {View} view */
function failure(view) {
  const { key, code } = view.reason();
  return [h("p", { part: "reason", id: "reason" }, text(view, key)),
    code ? h("p", { class: "soft" }, text(view, "otherCode"), " ", h("code", { dir: "ltr" }, code)) : undefined,
    key === "BACKGROUND_REFUSED" ? undefined : renewal(view, "tryAgain")]; // another try finds the same
}

/** Each is drawn whole when its state comes. @type {Record<string, (view: View) => Node[]>} */
export const layouts = {
  frame: (view) => [h("div", { class: "root", part: "root", id: "root" },
    h("p", { class: "heard", id: "live", role: "status", "aria-live": "polite" }),
    h("div", { class: "note banner", part: "banner", id: "banner", hidden: true },
      h("span", { class: "spinner", "aria-hidden": "true" }), h("span", { id: "lost" }), h("button", { type: "button", class: "quiet", id: "refresh", click: () => view.reconnect() })),
    h("div", { id: "body" }))],

  code: (view) => [h("div", { class: "stack" }, heading(view, "title"), h("div", { id: "second" }), h("div", { class: "code" },
    h("div", { class: "card", part: "card" },
      h("div", { class: "frame", part: "code" },
        h("div", { class: "box", id: "box", part: "box" },
          h("svg", { role: "img", "aria-label": view.words("code"), "shape-rendering": "crispEdges", id: "qr", part: "qr" }, h("path", { fill: "#000" }))),
        h("p", { class: "soft", id: "wait" }, text(view, "preparing")),
        h("p", { class: "over", part: "opened", id: "over" }, text(view, "opened"))),
      countdown(view, "codeValid")),
    h("div", { class: "beside" },
      h("a", { class: "primary", part: "button primary", id: "here", target: "_blank", rel: "noopener" }, text(view, "openHere")),
      h("ol", { class: "how", part: "how", id: "how" }, ...["how1", "how2", "how3"].map((key, at) =>
        h("li", {}, h("span", { "aria-hidden": "true" }, (at + 1).toLocaleString(view.lang)), text(view, key)))),
      h("div", { class: "row" },
        button(view, "copy", () => copy(view)),
        h("input", { type: "text", readonly: true, hidden: true, dir: "ltr", id: "link", "aria-label": view.words("linkLabel") }),
        button(view, "onMyPhone", () => elsewhere(view, true)),
        button(view, "showCode", () => elsewhere(view, false))))))],

  confirm: (view) => [h("div", { class: "message", part: "message" }, heading(view, "confirmTitle"), h("p", {}, text(view, "confirmOnly")),
    h("p", { dir: "ltr" }, h("span", { class: "number", part: "number", id: "number", "aria-hidden": "true" }), h("span", { class: "heard", id: "digits" })),
    h("p", { class: "note", id: "wrong", part: "note" }, text(view, "confirmWrong")), h("div", { id: "second" }),
    h("p", { class: "soft" }, text(view, "confirmWhy")), countdown(view, "numberValid"))],

  claimed: (view) => [h("div", { class: "stack" }, heading(view, "claimedTitle"), h("p", { class: "soft" }, text(view, "claimed")), h("div", { id: "second" }),
    h("ol", { class: "steps", part: "steps", id: "steps" }), countdown(view, "timeLeft"))],

  checking: (view) => [h("div", { class: "message", part: "message" }, h("span", { class: "spinner large", "aria-hidden": "true" }),
    heading(view, "checkingTitle"), h("p", {}, text(view, "checking")))],
  verified: (view) => message(view, "done", TICK, "verifiedTitle", h("p", {}, text(view, "verified"))),
  failed: (view) => message(view, "wrong", CROSS, "failedTitle", ...failure(view)),
  cancelled: (view) => message(view, "attention", MARK, "cancelledTitle", ...failure(view)),
  expired: (view) => message(view, "", CLOCK, "expiredTitle", h("p", {}, text(view, view.session?.taken ? "SESSION_EXPIRED" : "expired")), renewal(view, "newCode")),
  unavailable: (view) => message(view, "attention", MARK, "unavailableTitle", h("p", {}, text(view, "unavailable")), h("p", { class: "soft", id: "retry" }),
    button(view, "tryNow", () => view.retry(), "primary")),
};

/** @param {string} state */
export const layoutOf = (state) => (["preparing", "ready", "opened"].includes(state) ? "code" : state);

/** @param {View} view */
export function update(view) {
  const { root, session } = view;
  const find = (/** @type {string} */ id) => /** @type {any} */ (root.querySelector(`#${id}`)); // where the layout has it
  if (!find("body")) return;
  const state = view.state();
  set(find("root"), "dir", view.direction());
  set(find("root"), "lang", view.lang);

  const away = session?.lostAt ? Date.now() - session.lostAt : 0;
  const follows = ["ready", "opened", "confirm", "claimed", "preparing"].includes(state);
  write(find("lost"), view.words("reconnecting"));
  write(find("refresh"), view.words("refresh"));
  hide(find("banner"), !follows || away < 1_000);
  hide(find("refresh"), away < 30_000);

  const seconds = view.secondsLeft();
  write(find("time"), session?.expiresAt ? view.clock(seconds) : "");
  set(find("ring"), "stroke-dashoffset", String(session?.lifetime ? Math.round(100 - Math.min(1, (seconds * 1_000) / session.lifetime) * 100) : 100));
  hide(find("time")?.closest("p"), !session?.expiresAt, "data-unknown");
  write(find("retry"), view.retryAt ? view.words("retryIn", { time: view.clock(Math.max(0, Math.ceil((view.retryAt - Date.now()) / 1_000))) }) : view.words("reconnecting"));

  hide(find("wrong"), !session?.wrong);
  write(find("number"), session?.number ?? "");
  write(find("digits"), [...(session?.number ?? "")].join(" "));
  second(view, find("second"));
  if (find("box")) code(view, find, state);
  if (find("steps")) steps(view, find("steps"));
}

/**
 * @param {View} view
 * @param {(id: string) => any} find
 * @param {string} state
 */
function code(view, find, state) {
  const { session, onPhone } = view;
  const box = find("box");
  const picture = state === "preparing" ? undefined : session?.picture;
  hide(box, onPhone);
  box.classList.toggle("empty", !picture);
  hide(find("wait"), state !== "preparing");
  hide(find("over"), state !== "opened");
  hide(find("how"), onPhone);
  hide(find("here"), !onPhone);
  hide(find("onMyPhone"), onPhone || session?.scanOnly);
  hide(find("showCode"), !onPhone);
  hide(find("copy"), onPhone || session?.scanOnly || !find("link").hidden);
  set(find("here"), "href", session?.link || undefined);
  set(find("here"), "aria-disabled", session?.link ? undefined : "true");

  const qr = find("qr");
  hide(qr, !picture);
  if (!picture || onPhone) return;
  // Readers fail on modules that are not a whole number of pixels.
  const side = String(Math.max(1, Math.floor(box.clientWidth / picture.modules)) * picture.modules);
  set(qr, "width", side);
  set(qr, "height", side);
  set(qr, "viewBox", `0 0 ${picture.modules} ${picture.modules}`);
  set(qr.firstChild, "d", picture.path);
}

/**
 * @param {View} view
 * @param {Element | null} place
 */
function second(view, place) {
  if (!place || !view.session?.second || place.firstChild) return;
  place.append(h("div", { class: "note", part: "note", id: "second-phone" }, h("p", {}, text(view, "second")),
    h("details", {}, h("summary", {}, text(view, "secondNotMe")), h("p", {}, text(view, "secondMeans")))));
}

/**
 * @param {View} view
 * @param {Element} list
 */
function steps(view, list) {
  view.session?.rows().forEach(({ service, at, state }, number) => {
    const is = `${service} ${state} ${at}`;
    const old = list.children[number];
    if (old?.getAttribute("data-is") === is) return;
    const time = at && new Date(at).toLocaleTimeString(view.lang, { hour: "2-digit", minute: "2-digit" });
    const row = h("li", { class: state, part: `step ${state}`, "data-is": is, "data-service": service, "aria-current": state === "current" && "step" },
      h("span", { class: "dot", "aria-hidden": "true" }, icon(state === "done" ? TICK : state === "skipped" ? DASH : "", "18")),
      h("span", {}, text(view, service)),
      h("span", {}, ...(state === "todo" ? [] : [text(view, state === "current" ? "now" : state), " "]), ...(time ? [h("time", { datetime: at }, time)] : [])));
    if (old) old.replaceWith(row);
    else list.append(row);
  });
}

/**
 * @param {View} view
 * @param {boolean} onPhone
 */
function elsewhere(view, onPhone) {
  view.onPhone = onPhone;
  update(view);
  /** @type {HTMLElement | null} */ (view.root.querySelector(onPhone ? "#showCode" : "#onMyPhone"))?.focus();
}

/**
 * A page on a plain http address has no clipboard; there the link is shown and selected.
 * @param {View} view
 */
async function copy(view) {
  const field = view.root.querySelector("input");
  const label = view.root.querySelector("#copy slot");
  if (!view.session || !field || !label) return;
  try {
    field.value = await view.session.copied(view.host.link);
  } catch (error) {
    // Of a changing code whose phone is not asked for a number there is no link to copy.
    view.session.scanOnly = /** @type {{ status?: number }} */ (error).status === 403;
    label.textContent = view.words("copyFailed");
    update(view);
    return view.say(view.words(view.session.scanOnly ? "copyNever" : "copyFailedSaid"));
  }
  try {
    await navigator.clipboard.writeText(field.value);
    label.textContent = view.words("copied");
    view.say(view.words("copiedSaid"));
    window.setTimeout(() => (label.textContent = view.words("copy")), 3_000);
  } catch {
    field.hidden = false;
    field.select();
    update(view);
    view.say(view.words("copyYourself"));
  }
}

/**
 * @param {Element | null | undefined} element
 * @param {string} name
 * @param {string | undefined} value
 */
function set(element, name, value) {
  if (!element || (element.getAttribute(name) ?? undefined) === value) return;
  if (value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * @param {Element | null | undefined} element
 * @param {boolean | undefined} hidden
 * @param {string} [name]
 */
function hide(element, hidden, name = "hidden") {
  set(element, name, hidden ? "" : undefined);
}

/**
 * @param {Element | null | undefined} element
 * @param {string} words
 */
function write(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}
