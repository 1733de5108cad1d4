/** `holdfast expire`: points leave, by their time or by name; the space is freed by gc. */
import { failure, isFailure } from '#base'
import type { KnownPoint } from '#engine'
import { type ExpireProposal, performExpire, proposeExpire, takeBack, trashMs } from '#jobs'
import { countOf, formatDuration, formatInstant } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { withReserve } from '../free-space.ts'
import { type OwnedPoints, type OwnedVault, ownVault, pointsOf } from '../own-vault.ts'
import { shortId, sourcesText } from '../point-words.ts'
import { pointNamed, pointWords } from '../vault-view.ts'

export const expire: Command = {
  name: 'expire',
  summary: 'remove points whose retention has ended, or points by name',
  about: [
    'Without points: removes those whose retention has ended. With points or tags: removes these; one whose retention has not ended goes to the trash first, for 14 days, and --undo takes it back. The newest point of each source stays. In a locked vault no point goes before its retention has ended.',
    'Space is freed by `holdfast gc`.',
  ],
  arguments: [{ name: 'POINT', about: pointWords, count: 'any' }],
  options: [
    { flags: '--tag <name>', about: 'every point with this tag', many: true },
    { flags: '--at-once', about: 'named points go for good, without the trash' },
    { flags: '--no-keep-newest', about: 'the newest point of a source may go too' },
    { flags: '--undo', about: 'takes the named points back from the trash' },
    { flags: '--dry-run', about: 'only tells what would be done' },
  ],
  examples: [
    { line: 'holdfast expire --dry-run', about: 'what has ended' },
    {
      line: 'holdfast expire 4f2a91 && holdfast gc',
      about: 'removes one point and frees its space',
    },
    { line: 'holdfast expire --undo 4f2a91', about: 'takes it back from the trash' },
  ],
  exits: [10, 11, 12],
  run: (context, given) => withReserve(context, () => run(context, given)),
}

async function run(context: Context, given: Given): Promise<number> {
  const { signal } = context
  const isDry = given.flag('dryRun')
  await using owned = await ownVault(context, 'expire', isDry ? 'rehearsal' : 'for-real')
  const known = await pointsOf(owned, signal)
  if (given.flag('undo'))
    return await undo(context, owned, { named: trashedFirst(known, given), isDry })
  const named = namedPoints(known, given)
  const requested = isNaming(given) ? new Set(named.map(({ id }) => id)) : undefined
  const keepOne = !given.isRefused('keepNewest')
  const request = { requested, keepOne, atOnce: given.flag('atOnce') }
  const proposal = await proposeExpire(owned.ownership, request, signal)
  if (!isDry) await performExpire(owned.ownership, proposal, signal)
  tell(context, { proposal, points: known.points, isDry })
  return 0
}

function isNaming(given: Given): boolean {
  return given.arguments('POINT').length + given.texts('tag').length > 0
}

function namedPoints(known: OwnedPoints, given: Given): readonly KnownPoint[] {
  const byId = given.arguments('POINT').map((wanted) => pointNamed(known, wanted))
  const byTag = given.texts('tag').flatMap((tag) => {
    const found = known.points.filter(({ point }) => point.tags.includes(tag))
    if (found.length === 0) throw failure('point.not-found', { point: `tag:${tag}` })
    return found
  })
  return [...new Map([...byId, ...byTag].map((point) => [point.id, point])).values()]
}

/** `latest` and tags mean a point of the trash where there is one; an id is an id. */
function trashedFirst(known: OwnedPoints, given: Given): readonly KnownPoint[] {
  const points = known.points.filter(({ state }) => state.trashedUntil !== undefined)
  try {
    return namedPoints({ ...known, points }, given)
  } catch (problem) {
    // Who names one that is not in the trash is told so.
    if (!isFailure(problem, 'point.not-found')) throw problem
    return namedPoints(known, given)
  }
}

async function undo(
  { output, signal }: Context,
  { ownership }: OwnedVault,
  { named, isDry }: { readonly named: readonly KnownPoint[]; readonly isDry: boolean },
): Promise<number> {
  if (named.length === 0)
    throw failure('usage.invalid', { problem: '--undo needs the points to take back' })
  const elsewhere = named.find(({ state }) => state.trashedUntil === undefined)
  if (elsewhere !== undefined) throw failure('point.not-trashed', { point: shortId(elsewhere.id) })
  for (const { id } of named) {
    if (!isDry) await takeBack(ownership, id, signal)
    output.event('untrashed', { id, dryRun: isDry })
    output.note(`${shortId(id)} ${isDry ? 'would be' : 'is'} back.`)
  }
  return 0
}

function tell(
  { output, machine }: Context,
  facts: {
    readonly proposal: ExpireProposal
    readonly points: readonly KnownPoint[]
    readonly isDry: boolean
  },
): void {
  const { proposal, points, isDry } = facts
  const would = isDry ? 'would be ' : ''
  const describe = (id: string) => {
    const known = points.find((point) => point.id === id)
    return known === undefined
      ? shortId(id)
      : `${shortId(id)}  ${formatInstant(known.point.createdAt)}  ${sourcesText(known)}`
  }
  for (const { id, why } of proposal.expire) {
    output.event('expired', { id, why, dryRun: isDry })
    output.line(`${would}removed: ${describe(id)} (${words[why]})`)
  }
  const until = formatInstant(machine.clock.now().wallMs + trashMs)
  for (const id of proposal.trash) {
    output.event('trashed', { id, until, dryRun: isDry })
    output.line(`${would}put into the trash until ${until}: ${describe(id)}`)
  }
  const kept = proposal.keep.length
  output.event('summary', {
    expired: proposal.expire.length,
    trashed: proposal.trash.length,
    kept,
    dryRun: isDry,
  })
  const gone = countOf(proposal.expire.length, 'point')
  const trashed =
    proposal.trash.length === 0
      ? ''
      : `, ${proposal.trash.length} in the trash for ${formatDuration(trashMs)}`
  output.note(`${gone} ${would}removed${trashed}; ${kept} stay${kept === 1 ? 's' : ''}.`)
}

const words = {
  'retention-ended': 'its retention has ended',
  requested: 'as asked',
  'trash-ended': 'its time in the trash has ended',
} as const
