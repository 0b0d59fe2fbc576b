// Shows a hand-over in Angular. Beside this file lie the types of the component, which your server gives out:
// curl -O https://baton.example.com/baton.d.ts
// <app-identity-check [createSession]="…your backend…" [followUp]="…your backend…" />

import { ChangeDetectionStrategy, Component, CUSTOM_ELEMENTS_SCHEMA, input, type OnInit } from "@angular/core";
import type { HandoffElement, NewSession, ServiceEvent } from "./baton";

const SERVER = "https://baton.example.com";

@Component({
  selector: "app-identity-check",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  changeDetection: ChangeDetectionStrategy.OnPush,
  // Angular takes the listener away, and the element closes its channel, when it leaves the page.
  template: `<baton-handoff [renew]="renew" (service)="onService($event)" />`,
})
export class IdentityCheckComponent implements OnInit {
  /** Asks your backend, which creates the session and keeps its sessionId, for { qrCodeText, link }. */
  readonly createSession = input.required<() => Promise<NewSession>>();
  /** Asks your backend to fetch the result, to check it and to decide: null if it is good, else the code of why not. */
  readonly followUp = input.required<() => Promise<string | null>>();

  // Called for the first session, and for a new one when a code has expired.
  readonly renew = (): Promise<NewSession> => this.createSession()();

  ngOnInit(): void {
    const address = `${SERVER}/baton.js`;
    void import(/* @vite-ignore */ address); // defines <baton-handoff>, once
  }

  async onService(event: Event): Promise<void> {
    const { service } = event as ServiceEvent;
    if (service !== "INFO") return;
    const element = event.target as HandoffElement;
    element.refused = await this.followUp()().catch(() => "RESULT_REFUSED");
    element.verified = element.refused === null;
  }
}
