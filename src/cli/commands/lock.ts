/** `holdfast lock`: what the lock is, or raises it. There is no way down. */
import { failure } from '#base'
import { type KnownPoint, type LockState, lockStates } from '#engine'
import { readLedger } from '#vault'
import { countOf, formatInstant } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { lockSentence } from '../lock-words.ts'
import { openChosenVault } from '../open-vault.ts'
import { ownVault, pointsOf } from '../own-vault.ts'
import { confirm } from '../terminal.ts'
import { wallClockOf } from '../vault-view.ts'

export const lock: Command = {
  name: 'lock',
  summary: 'show or raise the lock of a vault',
  about: [
    'Without a state: tells the lock and who can still destroy the vault. With one: from then on no point, old or new, is removed before its retention ends. A lock is only ever raised; nothing takes it off again.',
  ],
  arguments: [{ name: 'STATE', about: 'governed or compliance', count: 'optional' }],
  options: [{ flags: '--yes', about: 'does not ask' }],
  examples: [
    { line: 'holdfast lock', about: 'what the lock is' },
    { line: 'holdfast lock compliance', about: 'for good; asks first' },
  ],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const wanted = given.findArgument('STATE')
  if (wanted === undefined) return await show(context)
  const to = lockStates.find((state) => state === wanted)
  if (to === undefined || to === 'off')
    throw failure('usage.invalid', { problem: 'A lock is raised to governed or to compliance' })
  return await raise(context, given, to)
}

async function show(context: Context): Promise<number> {
  await using opened = await openChosenVault(context)
  const state = await readLedger(opened.vault, context.signal)
  context.output.event('lock', { state: state.lock, tier: 'T0' })
  context.output.line(lockSentence(state.lock))
  return 0
}

async function raise(context: Context, given: Given, to: LockState): Promise<number> {
  const { output, signal } = context
  await using owned = await ownVault(context, 'lock')
  const { ownership } = owned
  const now = ownership.state.lock
  if (lockStates.indexOf(to) <= lockStates.indexOf(now)) {
    const problem = `The lock is ${now} already, and it is only ever raised`
    throw failure('usage.invalid', { problem })
  }
  const { points } = await pointsOf(owned, signal)
  const extent = describeExtent(points, wallClockOf(context, ownership.state))
  if (!given.flag('yes')) {
    output.aside(`This locks ${extent}. It cannot be undone.`)
    if (!(await confirm(context, `Set the lock to ${to}?`)))
      throw failure('usage.invalid', { problem: 'Nothing was changed: say yes, or give --yes' })
  }
  await ownership.append({ kind: 'lock', to }, signal)
  output.event('locked', { state: to, points: points.length })
  output.note(`Locked ${extent}.`)
  output.note(lockSentence(to))
  return 0
}

/** The count and the latest date, before anybody confirms (L2). */
function describeExtent(
  points: readonly KnownPoint[],
  wallClock: (trustedAt: number) => number,
): string {
  const ends = points.map(({ state }) => state.retainUntil)
  const unlimited = ends.filter((end) => end === undefined).length
  const dated = ends.filter((end) => end !== undefined)
  const latest =
    dated.length === 0 ? '' : `, the last until ${formatInstant(wallClock(Math.max(...dated)))}`
  const forever = unlimited === 0 ? '' : `, ${unlimited} of them forever`
  return `${countOf(points.length, 'point')}${forever}${latest}, and every new one`
}
