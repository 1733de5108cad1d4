/** Whether a folder is a mount, and how it ceases to be one. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { failure } from '#base'

const run = promisify(execFile)

/** Gently first; lazily when a program still has a file open in it: it goes when that program lets go. */
const ways: readonly (readonly [program: string, ...options: string[]])[] = [
  ['fusermount3', '-u', '--'],
  ['fusermount', '-u', '--'],
  ['fusermount3', '-u', '-z', '--'],
  ['fusermount', '-u', '-z', '--'],
  ['umount', '-l', '--'],
]

/** @param place absolute */
export async function isMounted(place: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return mounts.split('\n').some((line) => unescaped(line.split(' ')[4] ?? '') === place)
}

/** No effect on what is no mount. @throws mount.unavailable */
export async function leaveMount(place: string): Promise<void> {
  const problems: unknown[] = []
  for (const [program, ...options] of ways) {
    if (!(await isMounted(place))) return
    try {
      await run(program, [...options, place])
    } catch (problem) {
      problems.push(problem)
    }
  }
  if (!(await isMounted(place))) return
  throw failure('mount.unavailable', { problem: `${place} cannot be unmounted` }, problems.at(-1))
}

/** The kernel writes blanks in names as octal numbers. */
function unescaped(field: string): string {
  return field.replace(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
