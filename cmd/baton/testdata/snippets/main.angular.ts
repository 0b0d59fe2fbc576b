import "@angular/compiler";
import { Component, provideZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { IdentityCheckComponent } from "./identity-check.component";
import { createSession, followUp } from "./shop";

@Component({
  selector: "main",
  imports: [IdentityCheckComponent],
  template: `<app-identity-check [createSession]="createSession" [followUp]="followUp" />`,
})
class Page {
  readonly createSession = createSession;
  readonly followUp = followUp;
}

void bootstrapApplication(Page, { providers: [provideZonelessChangeDetection()] });
