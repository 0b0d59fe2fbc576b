import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { IdentityCheck } from "./IdentityCheck";
import { createSession, followUp } from "./shop";

// StrictMode mounts everything twice, so that a clean-up that is missing shows.
createRoot(document.querySelector("main")!).render(createElement(StrictMode, null, createElement(IdentityCheck, { createSession, followUp })));
