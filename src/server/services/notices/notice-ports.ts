/** What notices need of the machine; bin/ plugs in #adapters/mail and #adapters/webhook. */
import type { NoticeLanguage } from '#contract'
import type { ServerKernel } from '../../kernel.ts'
import type { SecretBox } from '../access/access-ports.ts'

/** What of the server notices need. */
export type NoticeKernel = Pick<ServerKernel, 'catalog' | 'wallMs' | 'clock' | 'events' | 'log'>

export interface Mailer {
  /** @returns recipients that were refused while others were not. @throws mail.refused, mail.unavailable */
  send(
    message: {
      readonly to: readonly string[]
      readonly subject: string
      readonly text: string
      readonly html: string
      /** Equal in every try. */
      readonly id: string
      readonly thread: string
    },
    signal: AbortSignal,
  ): Promise<{ readonly refused: readonly string[] }>
}

export type WebhookCall = {
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** A receiver may answer 200 and say in JSON that it refused: the field with the number of that. */
  readonly refusalField?: string | undefined
}

export interface WebhookSender {
  /** Public addresses only (A19). @throws webhook.address-refused, webhook.refused, webhook.unavailable */
  send(call: WebhookCall, signal: AbortSignal): Promise<void>
}

export type NoticePorts = {
  /** Undefined: the configuration names no mail server. */
  readonly mailer: Mailer | undefined
  readonly webhooks: WebhookSender
  readonly secrets: SecretBox
  /** Where people reach the server: what messages link to. Undefined: they link to nothing. */
  readonly publicAddress: string | undefined
  /** Of accounts that have not chosen one. */
  readonly language: NoticeLanguage
}
