// What an integrator writes, for the compiler to look at: it runs nowhere.
import { Handoff, type HandoffElement, type NewSession, type Service } from "./baton.js";
import * as core from "./core.js";

// What is declared is what there is.
const declared: Pick<typeof import("./baton.js"), keyof typeof core> = core;
const nothingMissing: Pick<typeof core, keyof typeof import("./baton.js")> = core;
void [declared, nothingMissing];

export async function follow(qrCodeText: string, signal: AbortSignal): Promise<string> {
  const handoff = new Handoff({ qrCodeText, signal, url: "https://baton.example.com" });
  handoff.addEventListener("service", ({ service, sessionId, seq, at }) => {
    const step: Service = service;
    console.log(step, sessionId, seq + 1, Date.parse(at));
  });
  handoff.addEventListener("status", ({ status, reason }) => console.log(status === "failed" && reason?.length));
  handoff.addEventListener("notice", ({ notice, number }) => console.log(notice === "confirm" && number));
  handoff.addEventListener("expired", () => handoff.close());
  handoff.addEventListener("error", ({ code, reason }) => console.log(code + 1, reason));
  handoff.addEventListener("connection", ({ connected }) => console.log(connected satisfies boolean));
  for await (const event of handoff) {
    if ("service" in event && event.service === "INFO") return event.sessionId;
  }
  return "";
}

// @ts-expect-error one secret is needed
new Handoff({});
// @ts-expect-error and not both
new Handoff({ qrCodeText: "A", pageToken: "B" });
// @ts-expect-error an event that nobody tells
new Handoff({ pageToken: "B" }).addEventListener("service", ({ status }) => status);

const element: HandoffElement = document.createElement("baton-handoff");
element.renew = async (): Promise<NewSession> => (await fetch("/renew", { method: "POST" })).json();
element.texts = { title: "Weiter auf dem Telefon" };
element.addEventListener("service", (event) => {
  if (event.service === "INFO") element.verified = true;
});
element.addEventListener("click", ({ clientX }) => clientX);
document.querySelector("baton-handoff")?.addEventListener("expired", ({ code }) => code.toFixed());
