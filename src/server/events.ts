/** What changed, for whoever watches an account live (G6). Nothing is kept: a slow watcher is told that it missed some. */
import type { AccountId, ServerEvent } from '#contract'

/** Events that wait for one watcher; with more it is told `stream.gap` instead. */
const waitingMax = 1_000

export type EventBus = {
  publish(accountId: AccountId, event: ServerEvent): void
  /** Events of the account from now on, until `signal` aborts. */
  watch(accountId: AccountId, signal: AbortSignal): AsyncGenerator<ServerEvent>
}

type Watcher = { waiting: ServerEvent[]; missed: ServerEvent | undefined; wake: () => void }

export function createEventBus(): EventBus {
  const watchers = new Map<AccountId, Set<Watcher>>()
  return {
    publish(accountId, event) {
      for (const watcher of watchers.get(accountId) ?? []) {
        if (watcher.waiting.length >= waitingMax) {
          watcher.waiting = []
          watcher.missed = event
        } else if (watcher.missed === undefined) watcher.waiting.push(event)
        watcher.wake()
      }
    },
    watch: (accountId, signal) => watch(watchers, accountId, signal),
  }
}

async function* watch(
  watchers: Map<AccountId, Set<Watcher>>,
  accountId: AccountId,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const watcher: Watcher = { waiting: [], missed: undefined, wake: () => {} }
  const own = watchers.get(accountId) ?? new Set()
  watchers.set(accountId, own)
  own.add(watcher)
  const onAbort = () => watcher.wake()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const { missed } = watcher
      if (missed !== undefined) {
        watcher.missed = undefined
        yield { kind: 'stream.gap', eventId: missed.eventId, at: missed.at }
      }
      const events = watcher.waiting
      watcher.waiting = []
      yield* events
      if (watcher.waiting.length > 0 || watcher.missed !== undefined || signal.aborted) continue
      await new Promise<void>((resolve) => {
        watcher.wake = resolve
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    own.delete(watcher)
    if (own.size === 0) watchers.delete(accountId)
  }
}
