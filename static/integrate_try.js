// "Try it": real calls of this page to this server, shown as they are. What it holds, it holds in memory only.

const root = /** @type {HTMLElement} */ (document.querySelector(".integrate"));
const { clientId, clientSecret } = root.dataset; // the sandbox's, which are public; undefined where there is no sandbox
const sandbox = clientId !== undefined && clientSecret !== undefined;

let bearer = "";
/** @type {{ sessionId: string, qrCodeText: string, qrCodeTextWithDynamicLink: string } | null} */
let session = null;
/** @type {WebSocket | null} */
let socket = null;

/** What a phone is to do, as the snippets have it. */
const ENROLMENT = btoa('{"documents":[{"documentType":"PASSPORT","reading":{"enabled":true}}],"facialRecognition":{"enabled":true},"backgroundCheck":{"enabled":true}}');

/** @type {Record<string, () => unknown>} */
const actions = { token, create, status, result, watch, stop };

for (const section of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-try]"))) section.hidden = false;
for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-try-action]"))) {
  const action = actions[button.dataset.tryAction ?? ""];
  if (!action) continue; // the phone's, which is a link
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true"); // one at a time
    try {
      await action();
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}
const phone = /** @type {HTMLAnchorElement} */ (root.querySelector('[data-try-action="phone"]'));
phone.addEventListener("click", () => {
  if (!session) tell("phone", "Create a session first, under “Your backend”.");
});
const field = /** @type {HTMLInputElement | null} */ (root.querySelector('[data-role="bearer"]'));
addEventListener("pagehide", () => {
  if (field) field.value = ""; // or the browser would keep it for its way back
});

// The backend

async function token() {
  clear("backend");
  const answer = await call("Get a token", "POST", "/sandbox/api/oauth/token", { "Content-Type": "application/x-www-form-urlencoded" },
    new URLSearchParams({ grant_type: "client_credentials", client_id: clientId ?? "", client_secret: clientSecret ?? "" }).toString());
  bearer = answer?.json?.access_token ?? "";
  return bearer !== "";
}

async function create() {
  clear("backend");
  if (!(await haveBearer())) return;
  const body = { data: ENROLMENT, reference: "try-it", claim: "once", requester: { name: "Example Shop" } };
  const answer = await call("Create a session", "POST", "/api/v1/session", { ...authorization(), "Content-Type": "application/json" }, JSON.stringify(body));
  if (!answer?.ok) return;
  stop();
  session = answer.json;
  clear("page");
  clear("phone");
  // Under the name by which this page was opened, which surely reaches the server.
  phone.href = new URL(`/go${new URL(session?.qrCodeTextWithDynamicLink ?? "").hash}`, location.href).href;
  phone.removeAttribute("aria-disabled");
  phone.removeAttribute("role"); // with an address it is a link by itself
  phone.removeAttribute("tabindex");
}

async function status() {
  clear("backend");
  if (!session) return tell("backend", "Create a session first.");
  if (!(await haveBearer())) return;
  await call("Read its status", "GET", `/api/v1/session/${session.sessionId}/status`, authorization());
}

async function result() {
  clear("backend");
  const first = "play the phone to its end: open it under “The phone” below, go through its steps, and come back here";
  if (!session) return tell("backend", `There is nothing to fetch yet. First “Create a session”, then ${first}.`);
  if (!(await haveBearer())) return;
  const answer = await call("Fetch the result", "GET", `/sandbox/api/v1/info/${session.sessionId}`, { ...authorization(), Accept: "application/jwt" });
  if (!answer) return;
  if (!answer.ok) return tell("backend", `There is no result yet. First ${first}. “Read its status” says “completed” then.`);
  const [header, claims] = answer.text.split(".", 2).map(decoded);
  block(log("backend"), "Its header and claims, decoded but not checked: the check is your backend’s, see the follow-up", `${header}\n${claims}`);
}

async function haveBearer() {
  if (!sandbox) bearer = field?.value.trim() ?? "";
  if (bearer || (sandbox && (await token()))) return true;
  tell("backend", sandbox ? "The sandbox gave no token." : "Enter a bearer first.");
  field?.focus();
  return false;
}

function authorization() {
  return { Authorization: `Bearer ${bearer}` };
}

// The page

async function watch() {
  if (!session) return tell("page", "Create a session first, under “Your backend”.");
  stop();
  clear("page");
  const { qrCodeText } = session;
  const entry = titled("page", "The code");
  const answer = await exchange(entry, "GET", "/api/v1/session/qr.svg?link=true", { Authorization: qrCodeText });
  if (answer?.ok) entry.append(picture(answer.text));

  const url = new URL("/ws/v1/session", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const frames = block(titled("page", "The channel"), url.href, "");
  const add = (/** @type {string} */ line) => {
    frames.textContent += `${line}\n`;
    if (frames.parentElement) frames.parentElement.scrollTop = frames.parentElement.scrollHeight;
  };
  const opened = (socket = new WebSocket(url));
  opened.addEventListener("open", () => {
    const first = JSON.stringify({ qrCodeText, after: 0 });
    opened.send(first);
    add(`→ ${first}`);
  });
  opened.addEventListener("message", ({ data }) => add(`← ${data}`));
  opened.addEventListener("close", ({ code, reason }) => {
    add(`closed: ${code} ${reason}`);
    if (socket === opened) socket = null;
  });
}

function stop() {
  socket?.close(1000);
  socket = null;
}

/** @param {string} text */
function picture(text) {
  const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  const side = Number((svg.getAttribute("viewBox") ?? "").split(" ")[2]) || 1;
  const size = String(side * Math.max(1, Math.floor(280 / side))); // a module is a whole number of pixels
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "The session’s code");
  const frame = document.createElement("div");
  frame.className = "try-code";
  frame.append(svg);
  return frame;
}

// What is shown

/** @typedef {{ ok: boolean, text: string, json: any }} Answer */

/**
 * Makes a call of the backend and shows it.
 * @param {string} title
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {string} [body]
 */
function call(title, method, path, headers, body) {
  return exchange(titled("backend", title), method, path, headers, body);
}

/**
 * @param {HTMLElement} entry
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {string} [body]
 * @returns {Promise<Answer | null>} null where nothing answered
 */
async function exchange(entry, method, path, headers, body) {
  const shown = Object.entries(headers).map(([name, value]) => `${name}: ${!sandbox && value === `Bearer ${bearer}` ? "Bearer …" : value}`);
  block(entry, "Request", [`${method} ${path}`, ...shown, ...(body === undefined ? [] : ["", pretty(body)])].join("\n"));
  try {
    const response = await fetch(path, { method, headers, body, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    const type = response.headers.get("Content-Type") ?? "";
    block(entry, "Answer", [`${response.status} ${response.statusText}`.trim(), `Content-Type: ${type}`, "", pretty(text)].join("\n"));
    return { ok: response.ok, text, json: parsed(text) };
  } catch (problem) {
    const why = problem instanceof DOMException && problem.name === "TimeoutError" ? "The server did not answer within 15 s." : "The server cannot be reached.";
    entry.append(paragraph("problem", `${why} Try again.`));
    return null;
  }
}

/** @param {string} party */
function log(party) {
  return /** @type {HTMLElement} */ (root.querySelector(`[data-try="${party}"] [data-role="log"]`));
}

/** @param {string} party */
function clear(party) {
  log(party).replaceChildren();
}

/**
 * @param {string} party
 * @param {string} text
 */
function tell(party, text) {
  log(party).append(paragraph("note-line", text));
}

/**
 * @param {string} party
 * @param {string} title
 */
function titled(party, title) {
  const entry = document.createElement("div");
  const heading = document.createElement("h4");
  heading.textContent = title;
  entry.append(heading);
  log(party).append(entry);
  return entry;
}

/**
 * @param {HTMLElement} into
 * @param {string} label
 * @param {string} text
 * @returns {HTMLElement} what holds the text
 */
function block(into, label, text) {
  const pre = document.createElement("pre");
  pre.className = "docs-code";
  pre.tabIndex = 0;
  pre.setAttribute("role", "group"); // it scrolls, so it has a name; a landmark each would be too many
  pre.setAttribute("aria-label", label);
  const code = document.createElement("code");
  code.textContent = text;
  pre.append(code);
  into.append(paragraph("label", label), pre);
  return code;
}

/**
 * @param {string} className
 * @param {string} text
 */
function paragraph(className, text) {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = text;
  return made;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {string} text */
function pretty(text) {
  const json = parsed(text);
  return json === null ? text : JSON.stringify(json, null, 2);
}

/** @param {string} part */
function decoded(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return pretty(new TextDecoder().decode(bytes));
}

export {}; // a module: its names are its own
