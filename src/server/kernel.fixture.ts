/** A kernel for tests of services: a real SQLite catalog in a folder that goes with it, and a clock that the test turns. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scheduler } from 'node:timers/promises'
import { BrokenInvariant } from '#base'
import { MemoryClock, SeededRandom } from '#ports'
import { openCatalog } from './catalog/database/open-catalog.ts'
import { Doorbell } from './doorbell.ts'
import { createEventBus } from './events.ts'
import type { CallContext } from './handler.ts'
import type { Identity } from './identity.ts'
import type { Log, ServerKernel } from './kernel.ts'
import type { VaultHost } from './vault-host.ts'

/** Some day of 2026. */
export const fixtureStart = 1_790_000_000_000

export type TestKernel = ServerKernel & {
  readonly clock: MemoryClock
  /** Ends the server of this kernel, and with it what waits. */
  readonly end: () => void
} & AsyncDisposable

export async function makeTestKernel(
  given: { readonly vaults?: VaultHost; readonly seed?: number; readonly startsAt?: number } = {},
): Promise<TestKernel> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kernel-'))
  const clock = new MemoryClock({ wallMs: given.startsAt ?? fixtureStart, sleeps: 'wait' })
  const chance = new SeededRandom(given.seed ?? 1)
  const wallMs = () => clock.now().wallMs
  const random = (length: number) => chance.bytes(length)
  const catalog = await openCatalog(
    { kind: 'sqlite', path: join(folder, 'catalog.db') },
    {
      wallMs,
      random,
      // The database waits in real time, whatever the test's clock says.
      sleep: (milliseconds) => scheduler.wait(milliseconds),
      report: (problem) => {
        throw problem
      },
    },
  )
  const ending = new AbortController()
  return {
    version: '0.0.0-test',
    catalog,
    vaults: given.vaults ?? noVaults,
    clock,
    wallMs,
    random,
    log: silentLog,
    events: createEventBus(),
    doorbell: new Doorbell(),
    ending: ending.signal,
    end: () => ending.abort(),
    [Symbol.asyncDispose]: async () => {
      ending.abort()
      await catalog.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** What a handler did to its call besides answering it. */
export type CallTrace = {
  readonly cookies: (Parameters<CallContext['setSessionCookie']>[0] | undefined)[]
  readonly notes: Readonly<Record<string, string | number | boolean>>[]
}

/** The context of a call by this identity; what the handler sets is found in `trace`. */
export function contextOf(
  identity: Identity,
  facts: Partial<CallContext> = {},
): CallContext & { readonly trace: CallTrace } {
  const trace: CallTrace = { cookies: [], notes: [] }
  return {
    identity,
    signal: new AbortController().signal,
    requestId: 'request-1',
    address: '192.0.2.7',
    host: undefined,
    userAgent: 'test',
    content: undefined,
    sessionCookie: undefined,
    setSessionCookie: (value) => void trace.cookies.push(value),
    note: (detail) => void trace.notes.push(detail),
    ...facts,
    trace,
  }
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** For services that have nothing to do with vaults: whoever touches one learns of it. */
export const noVaults: VaultHost = {
  create: refuse,
  read: refuse,
  state: refuse,
  extend: refuse,
  hold: refuse,
  releaseHold: refuse,
  expire: refuse,
  raiseLock: refuse,
  maintain: refuse,
  rebuildCatalog: refuse,
  [Symbol.asyncDispose]: async () => {},
}

function refuse(): never {
  throw new BrokenInvariant('this test has no vaults')
}
