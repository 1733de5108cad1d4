/** What a restore did, as lines and events. */
import { type ByteString, catalogue, displayName, failure } from '#base'
import type { RestoreNote, RestoreOutcome } from '#jobs'
import { countOf, formatBytes, formatCount, formatElapsed } from './amounts.ts'
import type { Context } from './command.ts'
import { shortId } from './point-words.ts'
import { pathFields, printable } from './printable.ts'

const notesShownMax = 20

export function tellRestore(
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
  const { summary, notes, noteCount, status, isEmpty, kept, replaced } = outcome
  for (const { path, what, reason, detail } of notes)
    output.event('note', { ...pathFields(path), what, reason, detail })
  for (const path of kept) output.event('kept', pathFields(path))
  for (const path of replaced) output.event('replaced', pathFields(path))
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
  if (dryRun) tellReplaced(context, outcome)
  tellKept(context, outcome)
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

/** What the rule left is not as in the point, and the user may have meant it to be. */
function tellKept({ output, settings }: Context, { kept, summary }: RestoreOutcome): void {
  if (settings.json || summary.kept === 0) return
  const shown = settings.verbose ? kept : kept.slice(0, notesShownMax)
  for (const path of shown) output.notice(`left as it is: ${shownPath(path)}`)
  const rest = summary.kept - shown.length
  if (rest > 0) output.notice(`… and ${formatCount(rest)} more; --json lists them`)
  output.notice('Use --on-conflict overwrite to replace what is left.')
}

/** Before it happens one wants to know which they are. */
function tellReplaced({ output, settings }: Context, { replaced, summary }: RestoreOutcome): void {
  if (settings.json || summary.replaced === 0) return
  const shown = settings.verbose ? replaced : replaced.slice(0, notesShownMax)
  for (const path of shown) output.notice(`would be replaced: ${shownPath(path)}`)
  const rest = summary.replaced - shown.length
  if (rest > 0) output.notice(`… and ${formatCount(rest)} more; --json lists them`)
}

/** Set-user-id bits, devices and the like are worth a line; the rest is worth a count. */
function tellNotes({ output, settings }: Context, { notes, noteCount }: RestoreOutcome): void {
  if (settings.json || noteCount === 0) return
  const shown = settings.verbose ? notes : notes.slice(0, notesShownMax)
  for (const note of shown) output.notice(noteText(note))
  const rest = noteCount - shown.length
  if (rest > 0) output.notice(`… and ${countOf(rest, 'further note')}; --verbose shows more`)
}

function noteText({ path, what, reason, detail }: RestoreNote): string {
  const more = detail === '' ? '' : ` (${printable(detail)})`
  // B5: a socket is its server's to make, and no restore can.
  if (what === 'socket') return `${shownPath(path)}: not restored: a socket`
  if (what === 'device' && reason === 'stripped')
    return `${shownPath(path)}: not restored: a device${more}`
  return `${shownPath(path)}: ${what} ${reason}${more}`
}

/** The target itself has no path below itself. */
function shownPath(path: ByteString): string {
  return path === '' ? '.' : displayName(path)
}
