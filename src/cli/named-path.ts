/** A path of a point that a person names, or an error in the same words. */
import { type ByteString, displayName, failure, isFailure } from '#base'
import { entryKey, type KnownPoint } from '#engine'
import { findEntry, PointPaths, UnreadPaths } from '#jobs'
import { choosePath } from './choose-path.ts'
import { shortId } from './point-words.ts'
import { printable } from './printable.ts'
import type { ReadableVault } from './vault-view.ts'

/** @throws path.not-found; path.unread where the point could not read it when it was made */
export async function pathNamed(
  { reader }: Pick<ReadableVault, 'reader'>,
  known: KnownPoint,
  word: string,
  signal: AbortSignal,
): Promise<ByteString> {
  const path = await meantPath(reader, known, word, signal)
  if (path === '' || (await findEntry(reader, known.point, path, signal)) !== undefined) return path
  const atSource = new PointPaths(known.point).sourcePath(entryKey(path))
  const problem = (await UnreadPaths.of(reader, known, signal)).find(atSource)
  if (problem === undefined) throw absence(known, word)
  throw failure('path.unread', {
    path: displayName(atSource),
    point: shortId(known.id),
    problem: `${problem.reason}: ${problem.detail}`,
  })
}

async function meantPath(
  reader: ReadableVault['reader'],
  known: KnownPoint,
  word: string,
  signal: AbortSignal,
): Promise<ByteString> {
  try {
    return await choosePath(reader, known.point, word, signal)
  } catch (problem) {
    throw isFailure(problem, 'path.not-found') ? absence(known, word, problem) : problem
  }
}

function absence(known: KnownPoint, word: string, cause?: unknown): Error {
  const point = `the backup point ${shortId(known.id)}`
  return failure('path.not-found', { path: printable(word), point }, cause)
}
