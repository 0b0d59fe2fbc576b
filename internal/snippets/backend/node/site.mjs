// A whole small site: it serves the page element.html, which lies beside this file, creates sessions, and fetches and checks
// results. Run it with: npm install jose && node site.mjs (Node.js 20 or newer), and open http://localhost:3000

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const SERVER = "https://baton.example.com";
const PROVIDER = "https://id.example.com"; // where results and their keys are
const ISSUER = "https://issuer.example.com"; // who must have signed: iss
const AUDIENCE = "your-audience"; // for whom: aud
const TOKEN_URL = "https://auth.example.com/api/oauth/token";
const CLIENT_ID = "your-client-id";
const CLIENT_SECRET = process.env.CLIENT_SECRET || "your-client-secret"; // from the environment, not from the source
const PORT = Number(process.env.PORT ?? 3000);

const keys = createRemoteJWKSet(new URL(`${PROVIDER}/api/.well-known/jwks.json`));

// Who is registering, by a cookie, and the session that belongs to it. In your product: the registration in your database.
const registrations = new Map();

const routes = {
  "GET /": async () => ["text/html; charset=utf-8", await readFile(new URL("element.html", import.meta.url))],
  "POST /session": async (visitor) => {
    const session = await call(`${SERVER}/api/v1/session`, {
      method: "POST",
      headers: { Authorization: `Bearer ${await bearer()}`, "Content-Type": "application/json" },
      body: JSON.stringify({ data: Buffer.from('{"documents":[{"documentType":"PASSPORT"}]}').toString("base64"), claim: "once" }),
    });
    const created = await session.json();
    registrations.set(visitor, created.sessionId);
    return ["application/json", JSON.stringify(created)];
  },
  "POST /follow-up": async (visitor) => {
    const sessionId = registrations.get(visitor); // our own record: what the page says does not count
    if (!sessionId) throw new Error("nobody has registered here");
    const answer = await call(`${PROVIDER}/api/v1/info/${sessionId}`, { headers: { Authorization: `Bearer ${await bearer()}` } });
    const { payload } = await jwtVerify((await answer.text()).trim(), keys, {
      algorithms: ["RS256"], issuer: ISSUER, audience: AUDIENCE, requiredClaims: ["exp", "jti"],
    });
    if (payload.jti.toLowerCase() !== sessionId.toLowerCase()) throw new Error("the result is another session's");
    return ["text/plain; charset=utf-8", `Welcome. We have checked your ${payload.data.documents[0].documentType.toLowerCase()}.`];
  },
};

async function bearer() {
  const form = { grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
  return (await (await call(TOKEN_URL, { method: "POST", body: new URLSearchParams(form) })).json()).access_token;
}

async function call(url, options) {
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${new URL(url).pathname.split("/", 4).join("/")}: ${answer.status}`);
  return answer;
}

createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return response.writeHead(404).end();
  if (request.method === "POST" && !["same-origin", undefined].includes(request.headers["sec-fetch-site"])) {
    return response.writeHead(403).end(); // another site's page
  }
  let visitor = /(?:^|; )visitor=([0-9a-f-]{36})(?:;|$)/.exec(request.headers.cookie ?? "")?.[1];
  if (!visitor) {
    visitor = randomUUID();
    response.setHeader("Set-Cookie", `visitor=${visitor}; HttpOnly; SameSite=Strict; Path=/`);
  }
  try {
    const [type, body] = await route(visitor);
    response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" }).end(body);
  } catch (problem) {
    console.error(problem.message);
    response.writeHead(502).end();
  }
}).listen(PORT, "localhost", function () {
  console.log(`Open http://localhost:${this.address().port}`);
});
