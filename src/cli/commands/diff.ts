/** `holdfast diff`: what changed from one point to another. */
import type { Entry } from '#engine'
import { diffPoints, type PointDifference } from '#jobs'
import { countOf, formatBytes } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { shownName } from '../entry-words.ts'
import type { Fields } from '../output.ts'
import { pathFields } from '../printable.ts'
import { pointNamed, readVault } from '../vault-view.ts'

export const diff: Command = {
  name: 'diff',
  summary: 'what changed between two points',
  about: [
    'Lists what differs between two points, with paths within the points: + added, - removed, M changed content, m changed attributes only (owner, mode, time), ? unknown since one of the points could not read it. Equal parts are not read, so it is quick also for large points.',
  ],
  arguments: [
    { name: 'A', about: 'the earlier point', count: 'one' },
    { name: 'B', about: 'the later point', count: 'one' },
  ],
  options: [{ flags: '--no-attributes', about: 'leaves out what changed in attributes only' }],
  examples: [{ line: 'holdfast diff 4f2a91 latest', about: 'since that point' }],
  exits: [10, 11, 12],
  run,
}

const marks: Readonly<Record<PointDifference['kind'], string>> = {
  added: '+',
  removed: '-',
  modified: 'M',
  metadata: 'm',
  unread: '?',
}

async function run(context: Context, given: Given): Promise<number> {
  const { output, signal } = context
  await using view = await readVault(context, 'diff')
  const before = pointNamed(view, given.argument('A'))
  const after = pointNamed(view, given.argument('B'))
  const counts: Record<PointDifference['kind'], number> = {
    added: 0,
    removed: 0,
    modified: 0,
    metadata: 0,
    unread: 0,
  }
  let [addedBytes, removedBytes] = [0, 0]
  for await (const batch of diffPoints(view.reader, { before, after }, signal)) {
    for (const difference of batch) {
      counts[difference.kind]++
      if (difference.kind === 'metadata' && given.isRefused('attributes')) continue
      if (difference.kind !== 'metadata' && difference.kind !== 'unread') {
        addedBytes += bytesOf(difference.after)
        removedBytes += bytesOf(difference.before)
      }
      output.event('difference', differenceFields(difference))
      output.line(`${marks[difference.kind]} ${shownPath(difference)}${gapText(difference)}`)
    }
    if (output.isFull) await output.drain()
  }
  output.event('summary', { ...counts, addedBytes, removedBytes, a: before.id, b: after.id })
  output.note(
    `${countOf(counts.added, 'entry', 'entries')} added, ${counts.removed} removed, ${counts.modified} changed, ${counts.metadata} in attributes only; ${formatBytes(addedBytes)} came, ${formatBytes(removedBytes)} went.`,
  )
  if (counts.unread > 0)
    output.note(
      `${countOf(counts.unread, 'entry', 'entries')} could not be read for one of the points: nobody knows whether they were there.`,
    )
  return 0
}

function gapText(difference: PointDifference): string {
  if (difference.kind !== 'unread') return ''
  return ` (could not be read in ${difference.unreadIn === 'before' ? 'A' : 'B'})`
}

function bytesOf(entry: Entry | undefined): number {
  return entry?.kind === 'file' ? entry.size : 0
}

function shownPath({ path, before, after }: PointDifference): string {
  const entry = after ?? before
  const slash = entry?.kind === 'directory' ? '/' : ''
  return `${shownName(path)}${slash}`
}

function differenceFields(difference: PointDifference): Fields {
  const { kind, path, before, after } = difference
  return {
    kind,
    ...pathFields(path),
    entryKind: (after ?? before)?.kind ?? null,
    sizeBefore: before?.size ?? null,
    sizeAfter: after?.size ?? null,
    ...(difference.kind === 'unread'
      ? { unreadIn: difference.unreadIn === 'before' ? 'a' : 'b' }
      : {}),
  }
}
