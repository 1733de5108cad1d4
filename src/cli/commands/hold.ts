/** `holdfast hold`, `release` and `extend`: a point stays longer than its retention says. */
import { failure } from '#base'
import type { KnownPoint } from '#engine'
import { extendRetention, holdPoint, releasePoint, takeBack } from '#jobs'
import { formatDuration, formatInstant, parseDuration } from '../amounts.ts'
import type { ArgumentSpec, Command, Context, Given } from '../command.ts'
import { type OwnedVault, ownVault, pointsOf } from '../own-vault.ts'
import { shortId } from '../point-words.ts'
import { printable } from '../printable.ts'
import { pointNamed, pointWords, wallClockOf } from '../vault-view.ts'

const pointArgument: ArgumentSpec = {
  name: 'POINT',
  about: pointWords,
  count: 'one',
}

export const hold: Command = {
  name: 'hold',
  summary: 'keep a point, whatever its retention, until it is released',
  about: [
    'A point on hold stays until `holdfast release`, also when its retention has ended; from the trash it comes back. The reason is kept in the ledger of the vault.',
  ],
  arguments: [pointArgument],
  options: [{ flags: '--reason <text>', about: 'why; required' }],
  examples: [
    { line: 'holdfast hold 4f2a91 --reason "audit 2026"', about: 'keeps it until released' },
  ],
  exits: [10, 11, 12],
  run: (context, given) => decide(context, given, 'hold'),
}

export const release: Command = {
  name: 'release',
  summary: 'end the holds of a point',
  about: ['Ends every hold of a point; from then on its retention decides again.'],
  arguments: [pointArgument],
  options: [{ flags: '--reason <text>', about: 'why; required' }],
  examples: [
    { line: 'holdfast release 4f2a91 --reason "audit done"', about: 'retention decides again' },
  ],
  exits: [10, 11, 12],
  run: (context, given) => decide(context, given, 'release'),
}

export const extend: Command = {
  name: 'extend',
  summary: 'keep a point longer',
  about: [
    'Extends the retention of a point, counted from when it was made. It never shortens it. A point in the trash comes back.',
  ],
  arguments: [pointArgument],
  options: [{ flags: '--retain <time>', about: 'such as 90d, 1y, forever; required' }],
  examples: [{ line: 'holdfast extend latest --retain 1y', about: 'a year from its making' }],
  exits: [10, 11, 12],
  run: runExtend,
}

async function decide(context: Context, given: Given, verb: 'hold' | 'release'): Promise<number> {
  const { output, signal } = context
  const reason = given.text('reason')?.trim() ?? ''
  if (reason === '') throw failure('usage.invalid', { problem: 'Say why, with --reason' })
  await using owned = await ownVault(context, verb)
  const { id, state } = pointNamed(await pointsOf(owned, signal), given.argument('POINT'))
  if (verb === 'release' && state.holds.length === 0)
    throw failure('point.not-held', { point: shortId(id) })
  if (verb === 'hold' && state.trashedUntil !== undefined) await bringBack(context, owned, id)
  const perform = verb === 'hold' ? holdPoint : releasePoint
  await perform(owned.ownership, id, reason, signal)
  output.event(verb === 'hold' ? 'held' : 'released', { id, reason })
  const outcome = verb === 'hold' ? 'is on hold' : 'is no longer on hold'
  output.note(`${shortId(id)} ${outcome}: ${printable(reason)}.`)
  return 0
}

/** Whoever keeps a point longer does not want it to go with the trash. */
async function bringBack(
  { output, signal }: Context,
  { ownership }: OwnedVault,
  id: string,
): Promise<void> {
  await takeBack(ownership, id, signal)
  output.event('untrashed', { id })
  output.note(`${shortId(id)} is back from the trash.`)
}

/** With the date where the user is; whoever decides refuses it once more. */
function refuseShorter(
  { id, state }: KnownPoint,
  until: number | undefined,
  wallClock: (trustedAt: number) => number,
): void {
  const { retainUntil, trashedUntil } = state
  if (retainUntil !== undefined && (until === undefined || until >= retainUntil)) return
  const point = shortId(id)
  if (trashedUntil !== undefined) throw failure('point.trashed', { point })
  throw failure('point.retention-refused', {
    point,
    until: retainUntil === undefined ? 'forever' : `until ${formatInstant(wallClock(retainUntil))}`,
  })
}

async function runExtend(context: Context, given: Given): Promise<number> {
  const { output, signal } = context
  const text = given.text('retain')
  if (text === undefined) throw failure('usage.invalid', { problem: 'Say how long, with --retain' })
  const retainMs = parseDuration(text, '--retain')
  await using owned = await ownVault(context, 'extend')
  const known = pointNamed(await pointsOf(owned, signal), given.argument('POINT'))
  const { retentionMaxMs, retentionMinMs } = owned.opened.config
  if ((retainMs ?? Infinity) > (retentionMaxMs ?? Infinity)) {
    const [days, min, max] = [retainMs, retentionMinMs, retentionMaxMs].map(formatDuration)
    throw failure('retention.out-of-range', { days: days ?? '', min: min ?? '', max: max ?? '' })
  }
  const until = retainMs === undefined ? undefined : known.point.trustedAt + retainMs
  const wallClock = wallClockOf(context, owned.ownership.state)
  refuseShorter(known, until, wallClock)
  if (known.state.trashedUntil !== undefined) await bringBack(context, owned, known.id)
  await extendRetention(owned.ownership, known, until, signal)
  const shown = until === undefined ? 'forever' : `until ${formatInstant(wallClock(until))}`
  output.event('extended', {
    id: known.id,
    retainUntil: until === undefined ? null : new Date(wallClock(until)).toISOString(),
  })
  output.note(`${shortId(known.id)} is kept ${shown}.`)
  return 0
}
