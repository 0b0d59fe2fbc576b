// Prints where a session stands. Run it with: node status.mjs SESSION_ID (Node.js 20 or newer)

const SERVER = "https://baton.example.com";
const TOKEN_URL = "https://auth.example.com/api/oauth/token";
const CLIENT_ID = "your-client-id";
const CLIENT_SECRET = process.env.CLIENT_SECRET || "your-client-secret"; // from the environment, not from the source

if (!process.argv[2]) {
  console.error("usage: node status.mjs SESSION_ID");
  process.exit(1);
}
console.log(JSON.stringify(await sessionStatus(process.argv[2]))); // in your backend: from your own record

// status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404.
export async function sessionStatus(sessionId) {
  const answer = await fetch(`${SERVER}/api/v1/session/${encodeURIComponent(sessionId)}/status`, {
    headers: { Authorization: `Bearer ${await bearer()}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

// A token for the server. With an API key of Baton, return the key.
async function bearer() {
  const answer = await fetch(TOKEN_URL, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).access_token;
}
