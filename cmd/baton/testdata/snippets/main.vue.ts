import { createApp } from "vue";
// @ts-ignore: the bundler compiles it
import IdentityCheck from "./IdentityCheck.vue";
import { createSession, followUp } from "./shop";

createApp(IdentityCheck, { createSession, followUp }).mount(document.querySelector("main")!);
