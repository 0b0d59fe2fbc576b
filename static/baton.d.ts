/**
 * Baton for the page that shows the QR code: follow a hand-over with {@link Handoff}, or let `<baton-handoff>` show it.
 *
 * What is reported here is for showing progress only. Whether the enrolment succeeded is for your backend to find out at
 * the provider, by the session id that it kept itself.
 *
 * @packageDocumentation
 */

/** A step that the phone has done. Treat a name that you do not know as progress that you do not show. */
export type Service = "SCAN" | "READ" | "FACE" | "BACKGROUND_CHECK" | "INFO";

/** Where the session stands. Nothing follows the last five. */
export type Status = "created" | "claimed" | "completed" | "failed" | "cancelled" | "expired" | "deleted";

/**
 * What the page should show that changes no status. Pass over the ones that you do not know.
 *
 * - `opened`: a phone has opened the link and not yet claimed
 * - `confirm`: the person must enter `number`, two digits, on the phone: show them
 * - `confirm_failed`: another number was entered; there is one more try
 * - `second_claim`: another phone came and was refused
 * - `not_me`: the person with the phone said that they did not ask for this; a live session then ends as cancelled
 * - `skipped`: the phone left out `service`, for `reason`
 */
export type Notice = "opened" | "confirm" | "confirm_failed" | "second_claim" | "not_me" | "skipped";

/**
 * Which session to follow: the `qrCodeText` that your backend got when it created the session, also where the picture shows
 * `qrCodeTextWithDynamicLink`; or the `pageToken`, where it got one (`separatePage`, `confirm` or `rotate`). Not both.
 */
export type Secret = { qrCodeText: string; pageToken?: undefined } | { pageToken: string; qrCodeText?: undefined };

/** `seq` numbers services, statuses and notices together, with gaps; `at` is an RFC 3339 time. */
export interface Numbered {
  readonly sessionId: string;
  readonly seq: number;
  readonly at: string;
}

export interface EventFrame extends Numbered {
  readonly type: "event";
  readonly service: Service;
}

export interface StatusFrame extends Numbered {
  readonly type: "status";
  readonly status: Status;
  readonly reason?: string;
}

export interface NoticeFrame extends Numbered {
  readonly type: "notice";
  readonly notice: Notice;
  readonly service?: Service;
  readonly number?: string;
  readonly reason?: string;
}

/** Where the session stands as a connection begins; what you have not yet been told of it follows. */
export interface SnapshotFrame {
  readonly type: "snapshot";
  readonly sessionId: string;
  readonly status: Status;
  readonly reason?: string;
  readonly seq: number;
  readonly services: Service[];
  /** The steps to expect, in their order. */
  readonly steps: Service[];
  readonly expiresAt: string;
}

/** An event whose own properties are a frame's, without its `type`. */
export class FrameEvent extends Event {
  constructor(type: string, frame: object, init?: EventInit);
}

type Told<Frame> = FrameEvent & Omit<Frame, "type">;
export type ServiceEvent = Told<EventFrame>;
export type StatusEvent = Told<StatusFrame>;
export type NoticeEvent = Told<NoticeFrame>;
export type SnapshotEvent = Told<SnapshotFrame>;
/** How the channel closed: `code` is its close code, `reason` the error's name. */
export type ClosedEvent = FrameEvent & { readonly code: number; readonly reason: string };
export type ConnectionEvent = FrameEvent & { readonly connected: boolean };

export interface HandoffEventMap {
  /** A step is done: once for each, in the server's order. The same service can come twice: two documents are two SCANs. */
  service: ServiceEvent;
  /** Another status: once for each. */
  status: StatusEvent;
  notice: NoticeEvent;
  /** The code's time is over, or it was deleted: ask your backend for a new one. Nothing more comes. */
  expired: ClosedEvent;
  /** The channel refused us for good, as with FORBIDDEN from an origin that the server does not allow. Nothing more comes. */
  error: ClosedEvent;
  /** The line is there, or is away and comes back by itself. */
  connection: ConnectionEvent;
  /** A connection begins. */
  snapshot: SnapshotEvent;
  /** With `pictures`: the picture of the code is due to be drawn, from the answer of `GET /api/v1/session/qr.svg`. */
  picture: FrameEvent;
}

export type HandoffOptions = Secret & {
  /**
   * The server's address, such as `https://baton.example.com`, or its channel's. Left out, it is the server that this
   * module was loaded from, so a bundle has to name it.
   */
  url?: string;
  /** The last number that the page already has: only what follows is told. */
  after?: number;
  /** Aborting it is `close()`. */
  signal?: AbortSignal;
  /** Whether `picture` is told. Leave it out unless you draw codes that change: long polls are then asked more often. */
  pictures?: boolean;
};

/**
 * Follows one session until it is over. Where no WebSocket gets through, it goes on with server-sent events, and where these
 * do not either, with long polls. Everything is told once and in order, whatever breaks in between.
 *
 * As an async iterator it gives services, statuses and notices from the first on, whenever the iteration begins. That ends
 * with the session or with `close()`, and throws what `error` tells. Leaving the loop does not close anything.
 */
export class Handoff extends EventTarget {
  /**
   * Opens the connection.
   * @throws {TypeError} unless there is either a `qrCodeText` or a `pageToken`
   * @throws {SyntaxError} if `url` is no address
   */
  constructor(options: HandoffOptions);
  /** Ends the connection for good: no event follows. May be called twice. */
  close(): void;
  [Symbol.asyncIterator](): AsyncGenerator<ServiceEvent | StatusEvent | NoticeEvent, void, undefined>;
  addEventListener<Type extends keyof HandoffEventMap>(
    type: Type, listener: (this: Handoff, event: HandoffEventMap[Type]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Type extends keyof HandoffEventMap>(
    type: Type, listener: (this: Handoff, event: HandoffEventMap[Type]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** What the element's `renew` resolves to: a new session, as your backend got it. */
export type NewSession = Secret & { link?: string };

/**
 * `<baton-handoff qr-code-text="…">`: the code, then the steps, then the end; what is not yet over when the element leaves
 * the document is closed, and goes on when it comes back. The events of {@link Handoff} that are not its drawing bubble from it.
 */
export interface HandoffElement extends HTMLElement {
  /** Attribute `qr-code-text`. */
  qrCodeText: string | null;
  /** Attribute `page-token`; it comes before `qr-code-text` if both are there. */
  pageToken: string | null;
  /** Attribute `link`: what "Copy link" copies and "Open on this phone" opens. The server's own if left out, or with a page token. */
  link: string | null;
  /** Attribute `src`: the server's address. The server that the module was loaded from if left out. */
  src: string | null;
  /**
   * Attribute `verified`: your backend has checked the result and it is good. Until then the element shows that it is being
   * checked; it never says that somebody is verified because a phone said so.
   */
  verified: boolean;
  /** Attribute `refused`: your backend did not accept the result, for this reason: `RESULT_REFUSED`, or any code that `texts` has words for. */
  refused: string | null;
  /**
   * Asks your backend for a new session. It is called when there is none yet, when a code has expired (twice without asking,
   * while the page is visible) and for "Try again". Without it the element has no such button, and you set new attributes.
   */
  renew?: (() => Promise<NewSession>) | null;
  /**
   * Texts that replace single ones; the keys are those of baton.en.js. The attribute `texts` is the same as JSON. In a language
   * that is not built in, the console names once the keys that are missing, which stay English.
   */
  texts: Record<string, string>;
  addEventListener<Type extends keyof HandoffElementEventMap>(
    type: Type, listener: (this: HandoffElement, event: HandoffElementEventMap[Type]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<Type extends keyof HTMLElementEventMap>(
    type: Type, listener: (this: HandoffElement, event: HTMLElementEventMap[Type]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

export type HandoffElementEventMap = Omit<HandoffEventMap, "snapshot" | "picture">;

declare global {
  interface HTMLElementTagNameMap {
    "baton-handoff": HandoffElement;
  }
}

/** Why a connection ended. 1000 says that the session is over, 4504 that the code has expired or was deleted. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
  /** False when nothing more will come. */
  readonly willReconnect: boolean;
}

/** What a callback throws reaches the page's error handler and nothing else. */
export type ConnectOptions = Secret & {
  url?: string;
  after?: number;
  onService?: (service: Service, frame: EventFrame) => void;
  onStatus?: (status: Status, frame: StatusFrame) => void;
  onNotice?: (notice: Notice, frame: NoticeFrame) => void;
  /**
   * The picture of a rotating code is due: as each connection begins, and each time that the server says so; not once a
   * phone has claimed. With it, long polls are asked every 15 s instead of every 25 s, because a code changes every 20 s.
   */
  onPicture?: () => void;
  onSnapshot?: (frame: SnapshotFrame) => void;
  /** A connection stands. */
  onOpen?: () => void;
  /** A connection ended, or none could be opened in any way. */
  onClose?: (closing: Closing) => void;
};

/** What {@link Handoff} is made of, with callbacks instead of events. `close` ends it for good: no callback follows. */
export function connect(options: ConnectOptions): { close(): void };

/**
 * Whether a channel is connected again after a close code: 1001 the server goes away, 1006 the network broke, 1011 the server
 * failed, 4000–4499 it asks to come back. Everything else is final.
 */
export function reconnects(code: number): boolean;

/** Milliseconds to wait before an attempt, 0 for the first one after a loss; `random` is at least 0 and less than 1. */
export function delay(attempt: number, random: number): number;

/** The channel's address at the server that a module came from; at the page's where the module has no host of its own. */
export function defaultURL(moduleURL: string, pageURL?: string): string;

/** The channel's address, of a server's address or of the channel's own. */
export function channelURL(url: string): string;

/** Where a channel's server has the same over HTTP; undefined for an address that does not end in /ws/v1/session. */
export function eventsURL(channelURL: string): string | undefined;

/**
 * For elements of another version of this module, whose own parts their server no longer has: what draws them. Not for pages.
 */
export function drawing(): Promise<(element: any) => { settle(): void; change(name: string): void }>;
