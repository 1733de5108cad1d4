/** Where a path leads on this machine, links followed as far as it stands. Names that are not there yet are kept. */
import { realpath } from 'node:fs/promises'
import { type ByteString, byteString, bytesOf } from '#base'
import { isMissing } from '../state/state-folder.ts'
import { hasDots, tidyPath } from './path-rules.ts'

/** Undefined: it steps back or stands still, or leads through something that is no directory. */
export async function findRealPlace(path: ByteString): Promise<ByteString | undefined> {
  const tidy = tidyPath(path)
  if (!tidy.startsWith('/') || hasDots(tidy)) return undefined
  const names: string[] = []
  for (let standing: string = tidy; ; standing = parentOf(standing)) {
    try {
      const buffer = Buffer.from(bytesOf(standing as ByteString))
      const real = byteString(await realpath(buffer, { encoding: 'buffer' }))
      return tidyPath([real, ...names.toReversed()].join('/') as ByteString)
    } catch (problem) {
      if (!isMissing(problem) || standing === '/') return undefined
      names.push(standing.slice(standing.lastIndexOf('/') + 1))
    }
  }
}

/** Directories as they are called and as they are: a link is no way around a rule. */
export async function withRealPlaces(
  directories: readonly ByteString[],
): Promise<readonly ByteString[]> {
  const real = await Promise.all(directories.map(findRealPlace))
  return [...new Set([...directories, ...real.filter((one) => one !== undefined)])]
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}
