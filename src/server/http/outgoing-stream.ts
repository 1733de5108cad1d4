/**
 * Streams to a caller: no more is asked of the source than the caller takes, and when the caller goes the source is told.
 * Nothing here waits for a source that does not listen to its signal.
 */
import type { ServerResponse } from 'node:http'
import { failure } from '#base'

/** `late`: nothing came in time. */
type Step<Value> = IteratorResult<Value, unknown> | 'late'

/** @throws job.aborted as soon as the signal does, whatever the source does */
export async function nextOf<Value>(
  source: AsyncIterator<Value, unknown>,
  signal: AbortSignal,
): Promise<IteratorResult<Value, unknown>> {
  return await raced(source.next(), signal)
}

export async function sendChunk(
  response: ServerResponse,
  chunk: Uint8Array | string,
  to: { readonly signal: AbortSignal; readonly idleMs: number },
): Promise<void> {
  if (to.signal.aborted) throw failure('job.aborted')
  if (response.write(chunk)) return
  const { socket } = response
  const { promise, resolve } = Promise.withResolvers<void>()
  response.once('drain', resolve)
  // The timer of the socket runs out when not even a part of what is written was taken; then Node cuts it off.
  socket?.setTimeout(to.idleMs)
  try {
    await raced(promise, to.signal)
  } finally {
    socket?.setTimeout(0)
    response.off('drain', resolve)
  }
}

/** Passes values on; each time that nothing comes for a while, `late` is called. */
export async function forEachOrLate<Value>(
  source: AsyncIterator<Value, unknown>,
  { signal, lateMs }: { readonly signal: AbortSignal; readonly lateMs: number },
  on: {
    readonly value: (value: Value) => Promise<void>
    readonly late: () => Promise<void>
  },
): Promise<void> {
  let pending = source.next()
  for (;;) {
    const step: Step<Value> = await raced(orLate(pending, lateMs), signal)
    if (step === 'late') {
      await on.late()
      continue
    }
    if (step.done === true) return
    await on.value(step.value)
    pending = source.next()
  }
}

/** Tells the source that nobody listens any more; what it says to that comes too late for the caller and is told. */
export function endSource(
  source: AsyncIterator<unknown, unknown>,
  told: (problem: unknown) => void,
): void {
  source.return?.().catch(told)
}

async function orLate<Value>(step: Promise<Value>, lateMs: number): Promise<Value | 'late'> {
  const { promise, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => resolve('late'), lateMs)
  try {
    return await Promise.race([step, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function raced<Value>(step: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(failure('job.aborted'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([step, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
