/**
 * What stands between the listener and the services: a handler for each route of the table. The listener has read the
 * call, knows who calls, has checked role, scope and that every object named in the call is one of the caller's account;
 * a handler states rules of the product and nothing of HTTP.
 */
import type { Call, CallAnswer, RouteSpec, routes, ServerEvent } from '#contract'
import type { Identity } from './identity.ts'

export type CallContext = {
  readonly identity: Identity
  readonly signal: AbortSignal
  /** Of this call, in logs, problems and the audit log. */
  readonly requestId: string
  /** From where the call came, as the listener saw it; '' when that is not known. */
  readonly address: string
  /** By what name the caller reached this server: the Host header, as it came. */
  readonly host: string | undefined
  /** The value of the User-Agent header, cut to 200 characters. */
  readonly userAgent: string
  /** A binary body as it comes; whoever reads slowly slows the sender. Undefined for other routes. */
  readonly content: AsyncIterable<Uint8Array> | undefined
  /** The cookie that signs in, as it came. */
  readonly sessionCookie: string | undefined
  /** Sets the cookie that signs in, or takes it away. */
  readonly setSessionCookie: (
    value: { readonly secret: string; readonly expiresAt: number } | undefined,
  ) => void
  /** More for the audit log than path and result: small, no secrets, no content of files. */
  readonly note: (detail: Readonly<Record<string, string | number | boolean>>) => void
}

/** Bytes that are sent as they come. */
export type ByteReply = {
  readonly content: AsyncIterable<Uint8Array>
  /** Undefined: what the route says. */
  readonly media?: string
  /** Undefined: not known before the end. */
  readonly length?: number
  /** With a name, browsers store it and never show it (A18); it may be hostile and is encoded by the listener. */
  readonly fileName?: string
  /** Shown by the console in a frame without rights; only for the media of previews, and never with a name. */
  readonly isPreview?: true
}

export type Reply<Spec extends RouteSpec> = Spec['answer'] extends { readonly kind: 'bytes' }
  ? ByteReply
  : Spec['answer'] extends { readonly kind: 'text' }
    ? ByteReply | string
    : Spec['answer'] extends { readonly kind: 'events' }
      ? AsyncIterable<ServerEvent>
      : CallAnswer<Spec>

export type Handler<Spec extends RouteSpec> = (
  call: Call<Spec>,
  context: CallContext,
) => Promise<Reply<Spec>>

export type HandlersOf<Group extends keyof typeof routes> = {
  readonly [Verb in keyof (typeof routes)[Group]]: (typeof routes)[Group][Verb] extends RouteSpec
    ? Handler<(typeof routes)[Group][Verb]>
    : never
}

/** All of them: a route without a handler does not compile. */
export type Handlers = { readonly [Group in keyof typeof routes]: HandlersOf<Group> }
