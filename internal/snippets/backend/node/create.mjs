// Creates a hand-over session and prints it. Run it with: node create.mjs (Node.js 20 or newer)

const SERVER = "https://baton.example.com";
const TOKEN_URL = "https://auth.example.com/api/oauth/token";
const CLIENT_ID = "your-client-id";
const CLIENT_SECRET = process.env.CLIENT_SECRET || "your-client-secret"; // from the environment, not from the source

console.log(JSON.stringify(await createSession("registration-4711")));

// Keep sessionId with the registration in your database; give qrCodeText and qrCodeTextWithDynamicLink to the page.
export async function createSession(reference) {
  // What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
  const enrolment = {
    documents: [{ documentType: "PASSPORT", reading: { enabled: true } }],
    facialRecognition: { enabled: true },
    backgroundCheck: { enabled: true },
  };
  const answer = await fetch(`${SERVER}/api/v1/session`, {
    method: "POST",
    headers: { Authorization: `Bearer ${await bearer()}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      data: Buffer.from(JSON.stringify(enrolment)).toString("base64"),
      reference, // your own id
      claim: "once", // one phone only may take the session
      requester: { name: "Example Shop" }, // who asks, as the phone shows it
      // token: without it the phone gets the bearer for its calls to the provider; name one that may do no more than a
      // phone has to.
    }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`); // the text names what to change
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
