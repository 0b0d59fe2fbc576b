// Fetches a session's result from the provider and checks it. Run it with:
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

// In your backend the session's id comes from your own record of the registration, never from the page.
console.log(JSON.stringify(await result(process.argv[2])));

// What the provider says of a session, once it is certain that the provider says so, to us, of this session.
export async function result(sessionId) {
  const answer = await fetch(`${PROVIDER}/api/v1/info/${encodeURIComponent(sessionId)}`, {
    headers: { Authorization: `Bearer ${await bearer()}`, Accept: "application/jwt" },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`no result: ${answer.status}`);
  const { payload } = await jwtVerify((await answer.text()).trim(), keys, {
    algorithms: ["RS256"],
    issuer: ISSUER,
    audience: AUDIENCE,
    requiredClaims: ["exp", "jti"],
  });
  if (payload.jti.toLowerCase() !== sessionId.toLowerCase()) throw new Error("the result is another session's");
  return payload.data;
}

// A token for the provider.
async function bearer() {
  const answer = await fetch(TOKEN_URL, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).access_token;
}
