/** Which of the waiting jobs may begin now: backups of the same files never at once, restores a few at a time. */
import type { ByteString } from '#base'
import { isAtOrBelow, tidyPath } from '../policy/path-rules.ts'
import type { JobAssignment } from '../state/journal.ts'

export type AtOnce = { readonly backupsAtOnce: number; readonly restoresAtOnce: number }

/** In the order in which they came; one that must wait holds up nobody else. */
export function chooseJobs<Job extends JobAssignment>(
  waiting: readonly Job[],
  running: readonly JobAssignment[],
  atOnce: AtOnce,
): readonly Job[] {
  const chosen: Job[] = []
  for (const job of waiting) {
    const others = [...running, ...chosen]
    const sameKind = others.filter(({ kind }) => kind === job.kind).length
    const most = job.kind === 'backup' ? atOnce.backupsAtOnce : atOnce.restoresAtOnce
    if (sameKind < most && !others.some((other) => collide(job, other))) chosen.push(job)
  }
  return chosen
}

function collide(a: JobAssignment, b: JobAssignment): boolean {
  if (a.kind !== 'backup' || b.kind !== 'backup') return false
  const [first, second] = [pathsOf(a), pathsOf(b)]
  return first.some((one) =>
    second.some((other) => isAtOrBelow(one, other) || isAtOrBelow(other, one)),
  )
}

/** Of a pattern, what stands before its first wildcard: it may collide with more than it does. */
function pathsOf({ sources }: Extract<JobAssignment, { kind: 'backup' }>): readonly string[] {
  const paths = sources?.paths ?? []
  if (paths.length === 0) return ['/']
  return paths.map((path) => fixed(tidyPath(path)))
}

function fixed(path: ByteString): string {
  const star = path.indexOf('*')
  if (star < 0) return path
  const end = path.lastIndexOf('/', star)
  return end <= 0 ? '/' : path.slice(0, end)
}
