// Shows a hand-over in Angular. Beside this file lie the component and its types, which your server gives out:
// curl -O https://baton.example.com/baton.js -O https://baton.example.com/baton.d.ts
// <app-identity-check [createSession]="…asks your backend…" (done)="…the follow-up by your backend…" />

import { ChangeDetectionStrategy, Component, CUSTOM_ELEMENTS_SCHEMA, input, output, signal, type OnDestroy, type OnInit } from "@angular/core";
import "./baton.js"; // defines <baton-handoff>

export interface Session {
  qrCodeText: string;
  qrCodeTextWithDynamicLink: string;
}

@Component({
  selector: "app-identity-check",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (session(); as current) {
      <baton-handoff
        [src]="server"
        [qrCodeText]="current.qrCodeText"
        [link]="current.qrCodeTextWithDynamicLink"
        [renew]="renew"
        (service)="onService($event)"
      />
    }
  `,
})
export class IdentityCheckComponent implements OnInit, OnDestroy {
  readonly server = "https://baton.example.com";
  readonly createSession = input.required<() => Promise<Session>>(); // your backend keeps the sessionId
  readonly done = output<void>();
  readonly session = signal<Session | undefined>(undefined);
  private gone = false;

  async ngOnInit(): Promise<void> {
    const first = await this.createSession()();
    if (!this.gone) this.session.set(first);
  }

  ngOnDestroy(): void {
    this.gone = true; // the element closes its channel itself when it leaves the page
  }

  // When a code has expired, the element gets a new one by itself.
  readonly renew = async (): Promise<{ qrCodeText: string; link: string }> => {
    const { qrCodeText, qrCodeTextWithDynamicLink } = await this.createSession()();
    return { qrCodeText, link: qrCodeTextWithDynamicLink };
  };

  onService(event: Event & { service: string }): void {
    if (event.service === "INFO") this.done.emit();
  }
}
