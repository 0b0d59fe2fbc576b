// Shows a hand-over in React. Beside this file lie the types of the component, which your server gives out:
// curl -O https://baton.example.com/baton.d.ts
// <IdentityCheck createSession={() => …your backend…} followUp={() => …your backend…} />

import { useEffect, useRef, type DetailedHTMLProps, type HTMLAttributes } from "react";
import type { HandoffElement, NewSession } from "./baton";

const SERVER = "https://baton.example.com";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "baton-handoff": DetailedHTMLProps<HTMLAttributes<HandoffElement>, HandoffElement>;
    }
  }
}

interface Props {
  /** Asks your backend, which creates the session and keeps its sessionId, for { qrCodeText, link }. */
  createSession: () => Promise<NewSession>;
  /** Asks your backend to fetch the result, to check it and to decide: null if it is good, else the code of why not. */
  followUp: () => Promise<string | null>;
}

export function IdentityCheck({ createSession, followUp }: Props) {
  const element = useRef<HandoffElement>(null);
  const latest = useRef({ createSession, followUp });
  useEffect(() => {
    latest.current = { createSession, followUp };
  });

  useEffect(() => {
    void import(/* @vite-ignore */ /* webpackIgnore: true */ `${SERVER}/baton.js`); // defines <baton-handoff>, once
    const node = element.current;
    if (!node) return;
    const gone = new AbortController();
    node.addEventListener(
      "service",
      async ({ service }) => {
        if (service !== "INFO") return;
        node.refused = await latest.current.followUp().catch(() => "RESULT_REFUSED");
        node.verified = node.refused === null;
      },
      { signal: gone.signal },
    );
    // Called for the first session, and for a new one when a code has expired.
    node.renew = () => latest.current.createSession();
    return () => gone.abort(); // the element closes its channel itself when it leaves the page
  }, []);

  return <baton-handoff ref={element} />;
}
