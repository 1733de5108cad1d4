/** Which processes hold flock(2) locks on a file, for a message: readers leave no note of their own. */
import { readFileSync } from 'node:fs'

const lockersMax = 8

/** Process numbers as this process namespace sees them; none where the kernel does not tell. */
export function findLockers(inode: number): readonly number[] {
  return parseLocks(readFileSync('/proc/locks', 'latin1'), inode)
}

/** `12: FLOCK  ADVISORY  READ 4711 fe:00:131074 0 EOF` */
export function parseLocks(text: string, inode: number): readonly number[] {
  const found = new Set<number>()
  for (const line of text.split('\n')) {
    const match = /^\d+: FLOCK +\S+ +\S+ +(\d+) \S+:(\d+) /.exec(line)
    if (match !== null && Number(match[2]) === inode && match[1] !== '0')
      found.add(Number(match[1]))
  }
  return [...found].slice(0, lockersMax)
}
