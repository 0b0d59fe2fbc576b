// The integrator's side of a page that a snippet for a framework is put into.

export async function createSession(): Promise<{ qrCodeText: string; link: string }> {
  const { qrCodeText, qrCodeTextWithDynamicLink } = await (await fetch("/session", { method: "POST" })).json();
  return { qrCodeText, link: qrCodeTextWithDynamicLink };
}

export async function followUp(): Promise<string | null> {
  const answer = await fetch("/follow-up", { method: "POST" });
  if (answer.status === 422) return (await answer.json()).code;
  if (!answer.ok) throw new Error(await answer.text());
  document.getElementById("said")!.textContent = await answer.text();
  return null;
}
