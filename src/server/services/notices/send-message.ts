/** One message through one channel, in the channel's form. */
import { createHash } from 'node:crypto'
import { failure } from '#base'
import type { AlertChannel, CatalogDb, JsonRecord } from '../../catalog/index.ts'
import { openTarget, readSettings } from './channel-target.ts'
import { renderMail } from './mail-form.ts'
import type { NoticeMessage, Reading } from './notice-message.ts'
import type { NoticePorts } from './notice-ports.ts'
import { listContacts } from './recipients.ts'
import { renderWebhook } from './webhook-form.ts'

export type OutgoingMessage = {
  /** Equal in every try of the same message. */
  readonly id: string
  readonly thread: string
  readonly message: NoticeMessage
  readonly reading: Reading
  /** For programs. */
  readonly facts: JsonRecord
  readonly now: number
}

/** @returns what went wrong although it was delivered: recipients that were refused */
export async function sendMessage(
  given: { readonly db: CatalogDb; readonly ports: NoticePorts; readonly channel: AlertChannel },
  outgoing: OutgoingMessage,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { db, ports, channel } = given
  const settings = readSettings(channel)
  switch (settings.kind) {
    case 'contact':
      return await sendMail(ports, await listContacts(db, channel.accountId), outgoing, signal)
    case 'email':
      return await sendMail(ports, settings.to, outgoing, signal)
    case 'webhook': {
      const target = { form: settings.form, ...(await openTarget(ports.secrets, channel)) }
      const { id, message, facts, now, reading } = outgoing
      const { language } = reading
      await ports.webhooks.send(
        renderWebhook(target, { id, message, language, facts, now }),
        signal,
      )
      return undefined
    }
  }
}

export async function sendMail(
  ports: NoticePorts,
  to: readonly string[],
  outgoing: Omit<OutgoingMessage, 'facts' | 'now'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (ports.mailer === undefined) throw failure('mail.not-configured')
  if (to.length === 0) throw failure('mail.no-recipient')
  const { id, thread, message, reading } = outgoing
  const texts = renderMail(message, reading.language)
  const { refused } = await ports.mailer.send({ to, id, thread, ...texts }, signal)
  return refused.length === 0 ? undefined : `Not taken for: ${refused.join(', ')}.`
}

/** One id for many: the same members make the same id. */
export function idOfMany(ids: readonly string[]): string {
  const hash = createHash('sha256').update(ids.toSorted().join('\n')).digest('hex')
  return `digest-${hash.slice(0, 32)}`
}
