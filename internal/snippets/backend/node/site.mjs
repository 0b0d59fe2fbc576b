// A whole small site: it serves the page element.html, which lies beside this file, creates sessions, fetches and checks
// results, and decides. Run it with:
// npm install jose && node site.mjs
// and open http://localhost:3000 (PORT=8000 in front of node: http://localhost:8000). It takes Node.js 20 or newer.

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

// What the app on the phone is to do. decide(), below, fits it.
const ENROLMENT = {
  documents: [{ documentType: "PASSPORT", reading: { enabled: true } }],
  facialRecognition: { enabled: true },
  backgroundCheck: { enabled: true },
};

// Who is registering, by a cookie, and the session that belongs to it. In your product: the registration in your database.
const registrations = new Map();

const routes = {
  "GET /": async () => [200, "text/html; charset=utf-8", await readFile(new URL("element.html", import.meta.url))],
  "POST /session": async (visitor) => {
    const session = await call(`${SERVER}/api/v1/session`, {
      method: "POST",
      headers: { Authorization: `Bearer ${await bearer()}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        data: Buffer.from(JSON.stringify(ENROLMENT)).toString("base64"),
        claim: "once",
        requester: { name: "Example Shop" }, // who asks, as the phone shows it
      }),
    });
    const created = await session.json();
    registrations.set(visitor, created.sessionId);
    return [200, "application/json", JSON.stringify(created)];
  },
  "POST /follow-up": async (visitor) => {
    const sessionId = registrations.get(visitor); // our own record: what the page says does not count
    if (!sessionId) throw new Error("nobody has registered here");
    const answer = await call(`${PROVIDER}/api/v1/info/${sessionId}`, { headers: { Authorization: `Bearer ${await bearer()}` } });
    const { payload } = await jwtVerify((await answer.text()).trim(), keys, {
      algorithms: ["RS256"], issuer: ISSUER, audience: AUDIENCE, requiredClaims: ["exp", "jti"],
    });
    if (payload.jti.toLowerCase() !== sessionId.toLowerCase()) throw new Error("the result is another session's");
    const code = decide(payload.data);
    if (code) return [422, "application/json", JSON.stringify({ code, message: WORDS[code] })];
    return [200, "text/plain; charset=utf-8", `Welcome. We have checked your ${payload.data.documents[0].documentType.toLowerCase()}.`];
  },
};

const WORDS = {
  DOCUMENT_REFUSED: "We could not accept the document.",
  FACE_NO_MATCH: "The face does not match the document.",
  BACKGROUND_REFUSED: "A person has to look at this. Please contact us.",
};

// Says why a genuine result is not good enough, by a code that the page has words for, or null. Here is the place for your own
// rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists.
function decide({ documents, verifications, backgroundCheck }) {
  const [document, ...more] = documents;
  if (document?.documentType !== "PASSPORT" || more.length > 0) return "DOCUMENT_REFUSED"; // not what was asked for
  const { front } = document.scan;
  const today = new Date().toISOString().slice(0, 10);
  const expires = front.dateOfExpiryFullFormatted ?? front.dateOfExpiryFormatted;
  if (!/^\d{4}-\d\d-\d\d$/.test(expires) || expires < today) return "DOCUMENT_REFUSED"; // or it does not say when: a passport does

  const checks = verifications?.find((one) => one.documentType === document.documentType) ?? {};
  const over = (check, most) => (check?.score ?? 0) > most; // of 100; no score: it was not looked for
  if (over(checks.idPhotoTamperingDetection, 70)) return "DOCUMENT_REFUSED"; // another photo in it
  if (over(checks.idScreenDetection, 50) || over(checks.idPrintDetection, 50)) return "DOCUMENT_REFUSED"; // no original
  if (checks.mrzChecksum?.valid === false) return "DOCUMENT_REFUSED";
  const chipRead = Object.keys(document.reading?.data ?? {}).length > 0;
  const signed = checks.reading?.passiveAuthentication;
  if (chipRead && !(signed?.documentSigningCertificateSignatureValid === true && signed.documentDataSignatureValid === true)) {
    return "DOCUMENT_REFUSED"; // the chip does not hold what its country signed
  }
  const least = chipRead ? 3 : 2; // of 5; the chip's picture is better than the printed one
  if (document.face?.match !== true || !(document.face.matchLevel >= least)) return "FACE_NO_MATCH";
  if (backgroundCheck?.match !== false) return "BACKGROUND_REFUSED"; // on a list, or not looked up
  return null;
}

async function bearer() {
  const form = { grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
  return (await (await call(TOKEN_URL, { method: "POST", body: new URLSearchParams(form) })).json()).access_token;
}

async function call(url, options) {
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${new URL(url).pathname}: ${answer.status} ${await answer.text()}`); // the text says why
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
    const [status, type, body] = await route(visitor);
    response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" }).end(body);
  } catch (problem) {
    console.error(problem.message); // for you; the visitor is told no more than this
    response.writeHead(502, { "Content-Type": "text/plain" }).end("That did not work.");
  }
}).on("error", (problem) => {
  console.error(`${problem.message}. Set PORT to another one.`); // another program has it
  process.exit(1);
}).listen(PORT, "localhost", function () {
  console.log(`Open http://localhost:${this.address().port}`);
});
