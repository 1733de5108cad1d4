/**
 * Sends mail through the server that the configuration names. Encryption is required unless the configuration says
 * `opportunistic`, and then no password is sent. Nothing of a message can become a header or a recipient: texts come
 * without line ends, and addresses as a list.
 */
import { getCACertificates } from 'node:tls'
import { createTransport } from 'nodemailer'
import { failure, isFailure } from '#base'

export type MailConfig = {
  readonly host: string
  /** Undefined: 465 for `tls`, else 587. */
  readonly port?: number | undefined
  /** `tls` from the first byte, `starttls` before anything is said, or only where the server offers it. */
  readonly security: 'tls' | 'starttls' | 'opportunistic'
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** The sender: `backup@example.org`. */
  readonly from: string
  /** PEM: trusted besides those that the machine trusts. */
  readonly authorities?: readonly string[] | undefined
  readonly timeoutMs?: number | undefined
}

export type MailMessage = {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Equal for every try of the same message: programs drop what they have by it. Letters, digits, `.` and `-`. */
  readonly id: string
  /** Messages of one thread are shown together. */
  readonly thread: string
}

export type Mailer = {
  /** @returns recipients that the server refused while it took others. @throws mail.refused, mail.unavailable */
  send(message: MailMessage, signal: AbortSignal): Promise<{ readonly refused: readonly string[] }>
  close(): void
}

const timeoutMsDefault = 20_000
const connectionsMax = 2
const messagesPerConnectionMax = 50

/** @throws mail.insecure when a password would not be encrypted */
export function openMailer(config: MailConfig): Mailer {
  const { security, host, user } = config
  if (security === 'opportunistic' && user !== undefined) {
    throw failure('mail.insecure', { server: host })
  }
  const transport = createTransport(transportOptions(config))
  const domain =
    config.from
      .split('@')
      .at(-1)
      ?.replace(/[^A-Za-z0-9.-]/g, '') ?? 'localhost'
  return {
    async send(message, signal) {
      const named = (id: string) => `<${id.replace(/[^A-Za-z0-9.-]/g, '')}@${domain}>`
      const sending = transport.sendMail({
        from: { name: 'Holdfast', address: config.from },
        to: [...message.to],
        subject: message.subject.replace(/[\r\n]+/g, ' '),
        text: message.text,
        html: message.html,
        messageId: named(message.id),
        references: named(message.thread),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      try {
        const { rejected } = await untilAborted(sending, signal)
        return { refused: rejected }
      } catch (problem) {
        throw mailFailure(host, problem)
      }
    },
    close: () => transport.close(),
  }
}

function transportOptions(config: MailConfig) {
  const { host, security, user, password = '' } = config
  const timeoutMs = config.timeoutMs ?? timeoutMsDefault
  return {
    pool: true as const,
    maxConnections: connectionsMax,
    maxMessages: messagesPerConnectionMax,
    host,
    port: config.port ?? (security === 'tls' ? 465 : 587),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ...(user === undefined ? {} : { auth: { user, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    tls: {
      minVersion: 'TLSv1.2' as const,
      // Where anybody may read along, a certificate that nobody checked is still better than none.
      rejectUnauthorized: security !== 'opportunistic',
      ...(config.authorities === undefined
        ? {}
        : { ca: [...getCACertificates('default'), ...config.authorities] }),
    },
  }
}

/** A message under way cannot be called back; whoever waits for it can be let go. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(failure('job.aborted'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** A code of SMTP means that the server understood and said no; one that begins with 4 may become a yes. */
function mailFailure(server: string, problem: unknown): unknown {
  if (isFailure(problem)) return problem
  const code = problem instanceof Error ? Number(Reflect.get(problem, 'responseCode')) : Number.NaN
  const says = oneLine(problem instanceof Error ? problem.message : 'it failed')
  const isRefusal = code >= 500
  return failure(
    isRefusal ? 'mail.refused' : 'mail.unavailable',
    { server, problem: says },
    problem,
  )
}

const reasonCharactersMax = 300

function oneLine(text: string): string {
  return text
    .slice(0, reasonCharactersMax)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
}
