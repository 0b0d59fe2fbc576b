// Fetches a session's result from the provider, checks that it is genuine, and decides. Run it with:
// npm install jose && node follow-up.mjs SESSION_ID (Node.js 20 or newer)

import { createRemoteJWKSet, jwtVerify } from "jose";

const PROVIDER = "https://id.example.com"; // where results and their keys are
const ISSUER = "https://issuer.example.com"; // who must have signed: iss
const AUDIENCE = "your-audience"; // for whom: aud
const TOKEN_URL = "https://auth.example.com/api/oauth/token";
const CLIENT_ID = "your-client-id";
const CLIENT_SECRET = process.env.CLIENT_SECRET || "your-client-secret"; // from the environment, not from the source

// The provider's keys, fetched when a result names one that is not known yet. Keep it for the life of the process.
const keys = createRemoteJWKSet(new URL(`${PROVIDER}/api/.well-known/jwks.json`));

try {
  const [, , sessionId] = process.argv; // in your backend: from your own record of the registration, never from the page
  if (!sessionId) throw new Error("usage: node follow-up.mjs SESSION_ID");
  const data = await result(sessionId);
  const refused = decide(data);
  if (refused) throw new Error(`refused: ${refused}`);
  console.error("accepted: the result is genuine and good enough");
  console.log(JSON.stringify(data));
} catch (problem) {
  console.error(problem.message);
  process.exitCode = 1;
}

// What the provider says of a session, once it is certain that the provider says so, to us, of this session.
export async function result(sessionId) {
  const answer = await fetch(`${PROVIDER}/api/v1/info/${encodeURIComponent(sessionId)}`, {
    headers: { Authorization: `Bearer ${await bearer()}`, Accept: "application/jwt" },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`no result: ${answer.status} ${await answer.text()}`); // the text says why
  const { payload } = await jwtVerify((await answer.text()).trim(), keys, {
    algorithms: ["RS256"],
    issuer: ISSUER,
    audience: AUDIENCE,
    requiredClaims: ["exp", "jti"],
  }).catch((problem) => {
    throw new Error(`refused: ${problem.message}`);
  });
  if (payload.jti.toLowerCase() !== sessionId.toLowerCase()) throw new Error("refused: the result is another session's");
  return payload.data;
}

// Says why a genuine result is not good enough, by a code that the page has words for, or null. Here is the place for your own
// rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists.
export function decide({ documents, verifications, backgroundCheck }) {
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

// A token for the provider.
async function bearer() {
  const answer = await fetch(TOKEN_URL, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).access_token;
}
