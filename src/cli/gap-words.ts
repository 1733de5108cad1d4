/** A partial point says so wherever something is taken out of it: what it lacks is not what was deleted. */
import { type ByteString, displayName } from '#base'
import { entryKey, type KnownPoint, type PointFailure } from '#engine'
import { isWithin, listFailures, PointPaths } from '#jobs'
import { countOf } from './amounts.ts'
import type { Context } from './command.ts'
import { shortId } from './point-words.ts'
import { printable } from './printable.ts'
import type { ReadableVault } from './vault-view.ts'

/**
 * Warns when files under these paths of the point could not be read when it was made, or changed meanwhile.
 * @param wanted relative to the root of the point; none is all of it
 */
export async function warnOfGaps(
  context: Context,
  { view, known }: { readonly view: ReadableVault; readonly known: KnownPoint },
  wanted: readonly ByteString[],
): Promise<void> {
  if (known.point.failureCount === 0) return
  const { reader } = view
  const paths = new PointPaths(known.point)
  const folders = wanted.map((path) => paths.sourcePath(entryKey(path)))
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
