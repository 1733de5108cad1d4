/** An open vault as the reading commands see it: its state, its points, its time. */
import { resolve } from 'node:path'
import { type ByteString, byteStringFromText, failure } from '#base'
import { type KnownPoint, type LedgerState, trustedTimeAt } from '#engine'
import { ChunkReader, choosePoint, loadIndex, readLedger, readPoints } from '#vault'
import type { Context } from './command.ts'
import { holderOf, type OpenedVault, openChosenVault } from './open-vault.ts'
import { printable } from './printable.ts'

export type VaultView = AsyncDisposable & {
  readonly opened: OpenedVault
  readonly state: LedgerState
  /** Oldest first. */
  readonly points: readonly KnownPoint[]
  /** Living points whose record cannot be read. */
  readonly lost: readonly { readonly id: string; readonly problem: string }[]
}

/** Opens the vault and lists its points; damaged ones are told at once. */
export async function viewVault(context: Context): Promise<VaultView> {
  const opened = await openChosenVault(context)
  try {
    const state = await readLedger(opened.vault, context.signal)
    const { points, lost } = await readPoints(opened.vault, state, context.signal)
    warnOfLost(context, lost)
    return {
      opened,
      state,
      points,
      lost,
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    }
  } catch (problem) {
    await opened[Symbol.asyncDispose]()
    throw problem
  }
}

/** A point that cannot be read is said to be so wherever points are listed or built upon. */
export function warnOfLost({ output }: Context, lost: VaultView['lost']): void {
  for (const { id, problem } of lost)
    output.warning(`The backup point ${id.slice(0, 8)} cannot be read: ${printable(problem)}`)
}

export type ReadableVault = VaultView & { readonly reader: ChunkReader }

/** A view from which content can be read; a sweep waits as long as it is open. */
export async function readVault(context: Context, verb: string): Promise<ReadableVault> {
  const opened = await openChosenVault(context)
  const closing = new AsyncDisposableStack()
  closing.use(opened)
  try {
    const { vault } = opened
    const { signal } = context
    closing.use(await vault.ports.leases.acquire('reader', holderOf(context, verb), signal))
    const state = await readLedger(vault, signal)
    const { points, lost } = await readPoints(vault, state, signal)
    const { index } = await loadIndex(vault, state, signal)
    const reader = new ChunkReader(vault, index)
    return {
      opened,
      state,
      points,
      lost,
      reader,
      [Symbol.asyncDispose]: () => closing.disposeAsync(),
    }
  } catch (problem) {
    await closing.disposeAsync()
    throw problem
  }
}

/** How help calls what `pointNamed` takes. */
export const pointWords = 'id, first digits of it, latest, latest:PATH or tag:NAME'

/**
 * As `choosePoint`, with a path after `latest:` as it is from here. A damaged point that was named is said to be damaged,
 * not absent.
 */
export function pointNamed(view: Pick<VaultView, 'points' | 'lost'>, wanted: string): KnownPoint {
  const lost = wanted.length >= 4 && view.lost.find(({ id }) => id.startsWith(wanted))
  if (lost) throw failure('object.damaged', { object: `point/${lost.id}`, problem: lost.problem })
  return choosePoint(
    view.points,
    wanted.replace(/^latest:(.*)$/s, (_, path) => `latest:${sourcePathOf(path)}`),
  )
}

/** A path as sources of points have it. */
export function sourcePathOf(path: string): ByteString {
  return byteStringFromText(resolve(path))
}

/** Trusted instants as wall clock, as far as they can be told: time that nobody measured may come on top. */
export function wallClockOf(context: Context, state: LedgerState): (trustedAt: number) => number {
  const reading = context.machine.clock.now()
  const now = trustedTimeAt(state, reading)
  return (trustedAt) => reading.wallMs + (trustedAt - now)
}
