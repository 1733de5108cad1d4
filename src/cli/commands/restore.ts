/** `holdfast restore`: files of a point back on a disk. */
import { realpath } from 'node:fs/promises'
import {
  type ByteString,
  byteString,
  byteStringFromText,
  catalogue,
  displayName,
  failure,
} from '#base'
import type { Point } from '#engine'
import {
  type ConflictRule,
  conflictRules,
  performRestore,
  type RestoreDestination,
  type RestoreOutcome,
  type RestoreSelection,
} from '#jobs'
import { countOf, formatBytes, formatElapsed } from '../amounts.ts'
import { choosePath } from '../choose-path.ts'
import type { Command, Context, Given } from '../command.ts'
import { isErrno } from '../files.ts'
import { warnOfGaps } from '../gap-words.ts'
import { shortId } from '../point-words.ts'
import { pathFields, printable } from '../printable.ts'
import { ProgressBar } from '../progress-bar.ts'
import { pointNamed, pointWords, type ReadableVault, readVault } from '../vault-view.ts'

const notesShownMax = 20

export const restore: Command = {
  name: 'restore',
  summary: 'bring files of a point back',
  about: [
    'Restores a point, or some paths of it, into a folder that exists, or to where the files were. The tree of a source `/a/b` stands directly under the target. Each file is checked against its hash and gets its name only when it is whole; nothing is ever written outside the target. Run again, a restore goes on where it ended.',
    'What stands in the way: `skip` leaves it (the default), `overwrite` replaces it and writes only what differs, `newer` replaces what is older than the copy in the point, `rename` puts the restored file beside it.',
    'A file that has the time and the size of the copy in the point counts as in place under every rule: that is how a restore goes on where it ended. Times can be set, and a disk can rot: after an intrusion, or in doubt, give `--verify-existing`, which reads what stands there and replaces what differs, under every rule. Without it the last lines say how many files were taken for the same by time and size alone.',
  ],
  arguments: [
    { name: 'POINT', about: pointWords, count: 'one' },
    { name: 'PATH', about: 'only these, as `ls` shows them', count: 'any' },
  ],
  options: [
    { flags: '--target <dir>', about: 'the folder to restore into' },
    { flags: '--in-place', about: 'to the original paths, instead of --target' },
    {
      flags: '--on-conflict <rule>',
      about: 'what to do where something stands already (default skip)',
      choices: conflictRules,
    },
    { flags: '--exclude <path>', about: 'leaves out this path and what is below', many: true },
    {
      flags: '--verify-existing',
      about: 'reads and compares also what has the same time and size; for after an intrusion',
    },
    {
      flags: '--no-special',
      about: 'without devices, set-user-id bits and privileged attributes',
    },
    { flags: '--dry-run', about: 'only tells what would be done' },
  ],
  examples: [
    { line: 'holdfast restore latest --target /mnt/restore', about: 'everything' },
    { line: 'holdfast restore 4f2a91 /home/me/letters --target .', about: 'one folder' },
    {
      line: 'holdfast restore latest --in-place --on-conflict overwrite --dry-run',
      about: 'what it would take to put everything back',
    },
  ],
  exits: [3, 10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, signal } = context
  const destination = await readDestination(given)
  await using view = await readVault(context, 'restore')
  const known = pointNamed(view, given.argument('POINT'))
  const selection = await readSelection(context, given, { view, point: known.point })
  const wanted = selection.kind === 'include' ? selection.paths : []
  await warnOfGaps(context, { view, known }, wanted)
  const dryRun = given.flag('dryRun')
  using progress = new ProgressBar(context)
  const outcome = await performRestore(
    { reader: view.reader, target: await machine.openTarget(), reporter: progress },
    {
      point: known,
      selection,
      destination,
      onConflict: readRule(given),
      verifyExisting: given.flag('verifyExisting'),
      fidelity: given.isRefused('special') ? 'no-special' : 'full',
      dryRun,
    },
    signal,
  )
  progress[Symbol.dispose]()
  return tell(context, { id: known.id, outcome, dryRun, elapsedMs: progress.elapsedMs })
}

async function readDestination(given: Given): Promise<RestoreDestination> {
  const target = given.text('target')
  const inPlace = given.flag('inPlace')
  if ((target === undefined) !== inPlace) {
    const problem = 'Say where: --target DIR, or --in-place for the original paths'
    throw failure('usage.invalid', { problem })
  }
  return target === undefined
    ? { kind: 'original' }
    : { kind: 'directory', path: await realTarget(target) }
}

async function realTarget(path: string): Promise<ByteString> {
  try {
    return byteString(await realpath(path, { encoding: 'buffer' }))
  } catch (problem) {
    const shown = displayName(byteStringFromText(path))
    if (isErrno(problem, 'ENOENT') || isErrno(problem, 'ENOTDIR'))
      throw failure('target.not-found', { path: shown }, problem)
    throw failure('target.refused', { path: shown, problem: String(problem) }, problem)
  }
}

async function readSelection(
  { signal }: Context,
  given: Given,
  { view, point }: { readonly view: ReadableVault; readonly point: Point },
): Promise<RestoreSelection> {
  const inside = async (words: readonly string[]) => {
    const paths: ByteString[] = []
    for (const word of words) paths.push(await choosePath(view.reader, point, word, signal))
    return paths
  }
  const included = await inside(given.arguments('PATH'))
  const excluded = await inside(given.texts('exclude'))
  if (included.length > 0 && excluded.length > 0)
    throw failure('usage.invalid', { problem: 'Give paths or --exclude, not both' })
  if (included.length > 0) return { kind: 'include', paths: included }
  return excluded.length > 0 ? { kind: 'exclude', paths: excluded } : { kind: 'all' }
}

function readRule(given: Given): ConflictRule {
  const wanted = given.text('onConflict')
  return conflictRules.find((rule) => rule === wanted) ?? 'skip'
}

function tell(
  context: Context,
  facts: {
    readonly id: string
    readonly outcome: RestoreOutcome
    readonly dryRun: boolean
    readonly elapsedMs: number
  },
): number {
  const { output } = context
  const { outcome, id, dryRun, elapsedMs } = facts
  const { summary, notes, noteCount, status, isEmpty } = outcome
  for (const { path, what, reason, detail } of notes)
    output.event('note', { ...pathFields(path), what, reason, detail })
  output.event('summary', { point: id, status, isEmpty, dryRun, ...summary, noteCount, elapsedMs })
  tellNotes(context, outcome)
  const verb = dryRun ? 'Would restore' : 'Restored'
  output.note(
    `${verb} ${countOf(summary.restored, 'entry', 'entries')} (${formatBytes(summary.restoredBytes)}) of ${shortId(id)} in ${formatElapsed(elapsedMs)}.`,
  )
  const rest = [
    [summary.replaced, 'in the place of others'],
    [summary.unchanged, 'in place already'],
    [summary.kept, 'left as they are'],
    [summary.failed, 'failed'],
  ] as const
  const words = rest.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  if (words.length > 0) output.note(`${words.join(', ')}.`)
  if (summary.trusted > 0)
    output.note(
      `${countOf(summary.trusted, 'file')} of those in place already ${summary.trusted === 1 ? 'was' : 'were'} taken for the same by time and size alone; --verify-existing compares the content.`,
    )
  if (status === 'complete') return 0
  if (outcome.failures.some(({ code }) => isStoredDamage(code))) output.notice(afterDamage)
  const problem = failure('restore.partial', { count: summary.failed })
  output.failure(problem)
  return problem.entry.exit
}

/** Only a job that owns the vault can write damage down, and a restore does not. */
const afterDamage =
  'Stored content is damaged. Run `holdfast repair --read-data --apply`, which sets it aside, then a backup, which stores again what the sources still have; then restore once more.'

function isStoredDamage(code: RestoreOutcome['failures'][number]['code']): boolean {
  return catalogue[code].kind === 'damaged' && code !== 'name.hostile'
}

/** Set-user-id bits, devices and the like are worth a line; the rest is worth a count. */
function tellNotes({ output, settings }: Context, { notes, noteCount }: RestoreOutcome): void {
  if (settings.json || noteCount === 0) return
  const shown = settings.verbose ? notes : notes.slice(0, notesShownMax)
  for (const { path, what, reason, detail } of shown) {
    const more = detail === '' ? '' : ` (${printable(detail)})`
    output.notice(`${displayName(path)}: ${what} ${reason}${more}`)
  }
  const rest = noteCount - shown.length
  if (rest > 0) output.notice(`… and ${countOf(rest, 'further note')}; --verbose shows more`)
}
