// Shows a hand-over in React. Beside this file lie the component and its types, which your server gives out:
// curl -O https://baton.example.com/baton.js -O https://baton.example.com/baton.d.ts
// <IdentityCheck createSession={() => …your backend…} onDone={() => …the follow-up by your backend…} />

import { useEffect, useRef, type DetailedHTMLProps, type HTMLAttributes } from "react";
import "./baton.js"; // defines <baton-handoff>

const SERVER = "https://baton.example.com";

export interface Session {
  qrCodeText: string;
  qrCodeTextWithDynamicLink: string;
}

interface HandoffElement extends HTMLElement {
  renew: (() => Promise<{ qrCodeText: string; link: string }>) | null;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "baton-handoff": DetailedHTMLProps<HTMLAttributes<HandoffElement>, HandoffElement> & { src?: string };
    }
  }
}

interface Props {
  createSession: () => Promise<Session>; // asks your backend, which keeps the sessionId
  onDone: () => void;
}

export function IdentityCheck({ createSession, onDone }: Props) {
  const element = useRef<HandoffElement>(null);
  const latest = useRef({ createSession, onDone });
  useEffect(() => {
    latest.current = { createSession, onDone };
  });

  useEffect(() => {
    const node = element.current;
    if (!node) return;
    const gone = new AbortController();
    const renew = async () => {
      const { qrCodeText, qrCodeTextWithDynamicLink } = await latest.current.createSession();
      return { qrCodeText, link: qrCodeTextWithDynamicLink };
    };
    node.renew = renew; // when a code has expired, the element gets a new one by itself
    node.addEventListener(
      "service",
      (event) => {
        if ((event as Event & { service: string }).service === "INFO") latest.current.onDone();
      },
      { signal: gone.signal },
    );
    void renew().then((first) => {
      if (!gone.signal.aborted) Object.assign(node, first);
    });
    return () => gone.abort(); // the element closes its channel itself when it leaves the page
  }, []);

  return <baton-handoff ref={element} src={SERVER} />;
}
