/** A partial point says so wherever something is taken out of it: what it lacks is not what was deleted. */
import { type ByteString, displayName, failure } from '#base'
import { entryKey, type KnownPoint, type PointFailure } from '#engine'
import { findEntry, isWithin, listFailures, PointPaths, UnreadPaths } from '#jobs'
import { countOf } from './amounts.ts'
import type { Context } from './command.ts'
import { shortId } from './point-words.ts'
import { printable } from './printable.ts'
import type { ReadableVault } from './vault-view.ts'

/**
 * Warns when files under these paths of the point could not be read when it was made, or changed meanwhile.
 * @param wanted relative to the root of the point; none is all of it
 * @throws path.unread when one of them itself is such a file
 */
export async function warnOfGaps(
  context: Context,
  { view, known }: { readonly view: ReadableVault; readonly known: KnownPoint },
  wanted: readonly ByteString[],
): Promise<void> {
  if (known.point.failureCount === 0) return
  const { reader } = view
  const paths = new PointPaths(known.point)
  const folders: ByteString[] = []
  for (const path of wanted) {
    const atSource = paths.sourcePath(entryKey(path))
    folders.push(atSource)
    if (path !== '' && (await findEntry(reader, known.point, path, context.signal)) === undefined)
      await refuseUnread(context, { view, known }, atSource)
  }
  const isAll = wanted.length === 0 || wanted.includes('' as ByteString)
  let [count, first]: [number, PointFailure | undefined] = [0, undefined]
  for await (const failures of listFailures(reader, known.point, context.signal))
    for (const problem of failures) {
      if (!isAll && !folders.some((folder) => isWithin(problem.path, folder))) continue
      count++
      first ??= problem
    }
  if (first === undefined) return
  const id = shortId(known.id)
  context.output.warning(
    `The point ${id} is partial: ${countOf(count, 'file')} here could not be read as it should when it was made, such as ${failureText(first)}. \`holdfast points ${id}\` lists them.`,
  )
}

/** `/etc/shadow (denied: it could not be opened)` */
export function failureText({ path, reason, detail }: PointFailure): string {
  return `${displayName(path)} (${reason}: ${printable(detail)})`
}

async function refuseUnread(
  { signal }: Context,
  { view, known }: { readonly view: ReadableVault; readonly known: KnownPoint },
  path: ByteString,
): Promise<void> {
  const problem = (await UnreadPaths.of(view.reader, known, signal)).find(path)
  if (problem === undefined) return
  const { reason, detail } = problem
  throw failure('path.unread', {
    path: displayName(path),
    point: shortId(known.id),
    problem: `${reason}: ${detail}`,
  })
}
