/** One command on another machine: its input is sent as fast as it is taken, its output kept up to a limit. */
import type { Client, ClientChannel } from 'ssh2'
import { failure } from '#base'

export type RemoteCommand = {
  readonly text: string
  readonly step: string
  readonly timeoutMs: number
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>
  readonly onSent?: (bytes: number) => void
}

export type RemoteResult = {
  readonly exitCode: number
  readonly output: string
  readonly errors: string
}

const outputBytesMax = 64 * 1024
const chunkBytes = 64 * 1024

export async function runCommand(
  { client, address }: { readonly client: Client; readonly address: string },
  { text, step, timeoutMs, input, onSent }: RemoteCommand,
  signal: AbortSignal,
): Promise<RemoteResult> {
  signal.throwIfAborted()
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>()
  // Awaited in races only; when those are over, nobody is left to hear it.
  stopped.catch(() => undefined)
  const seconds = timeoutMs / 1000
  const timer = setTimeout(() => stop(failure('push.late', { address, step, seconds })), timeoutMs)
  const abort = () => stop(signal.reason)
  const broken = () =>
    stop(failure('push.unreachable', { address, problem: 'the connection broke' }))
  signal.addEventListener('abort', abort, { once: true })
  client.on('close', broken)
  let channel: ClientChannel | undefined
  try {
    const opened = await Promise.race([openChannel(client, text), stopped])
    const { result } = opened
    channel = opened.channel
    const sent = send(channel, input ?? new Uint8Array(0), onSent)
    // A command may end without having read everything; then its exit code says why.
    await Promise.race([Promise.all([result, Promise.race([sent, result])]), stopped])
    return await result
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    client.off('close', broken)
    channel?.close()
  }
}

type Opened = { readonly channel: ClientChannel; readonly result: Promise<RemoteResult> }

/** Listens before anything else happens: a short command may end within the packet that opened its channel. */
function openChannel(client: Client, text: string): Promise<Opened> {
  return new Promise((resolve, reject) => {
    client.exec(text, (problem, channel) =>
      problem ? reject(problem) : resolve({ channel, result: collect(channel) }),
    )
  })
}

function collect(channel: ClientChannel): Promise<RemoteResult> {
  const output = new Beginning()
  const errors = new Beginning()
  channel.on('data', (bytes: Buffer) => output.add(bytes))
  channel.stderr.on('data', (bytes: Buffer) => errors.add(bytes))
  return new Promise((resolve) => {
    let exitCode = -1
    // A command that a signal ended has no code.
    channel.on('exit', (code: number | null) => {
      exitCode = code ?? -1
    })
    channel.on('close', () => resolve({ exitCode, output: output.text, errors: errors.text }))
  })
}

async function send(
  channel: ClientChannel,
  input: Uint8Array | AsyncIterable<Uint8Array>,
  onSent: RemoteCommand['onSent'],
): Promise<void> {
  const pieces = input instanceof Uint8Array ? [input] : input
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += chunkBytes) {
      const bytes = piece.subarray(at, at + chunkBytes)
      if (!(await write(channel, bytes))) return
      onSent?.(bytes.length)
    }
  }
  channel.end()
}

/** Whether it was taken: a command that has ended takes nothing more, and its exit code says why. */
function write(channel: ClientChannel, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = () => resolve(false)
    channel.once('close', closed)
    channel.write(bytes, (problem?: Error | null) => {
      channel.off('close', closed)
      resolve(!problem)
    })
  })
}

/** The end of what a machine prints is worth less than its beginning, and neither is worth unlimited memory. */
class Beginning {
  readonly #parts: Buffer[] = []
  #bytes = 0

  add(bytes: Buffer): void {
    const part = bytes.subarray(0, outputBytesMax - this.#bytes)
    this.#bytes += part.length
    if (part.length > 0) this.#parts.push(part)
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8')
  }
}
