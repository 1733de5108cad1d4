/** Ends every process whose environment holds a mark, wherever it has gone. */
import { readdir, readFile } from 'node:fs/promises'

/** A process may begin another while we look; after so many rounds somebody is cheating. */
const roundsMax = 10

export async function endMarked(mark: string): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    const found = await listMarked(mark)
    if (found.length === 0) return
    for (const pid of found) end(pid)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function listMarked(mark: string): Promise<readonly number[]> {
  const entries = await readdir('/proc')
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number)
  const marked: number[] = []
  for (const pid of pids) {
    if (pid !== process.pid && (await hasMark(pid, mark))) marked.push(pid)
  }
  return marked
}

async function hasMark(pid: number, mark: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1')
    return environment.split('\0').includes(mark)
  } catch (problem) {
    // It has ended meanwhile, or is somebody else's: then it is none of ours.
    if (isGone(problem)) return false
    throw problem
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (problem) {
    if (!isGone(problem)) throw problem
  }
}

function isGone(problem: unknown): boolean {
  if (!(problem instanceof Error) || !('code' in problem)) return false
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(problem.code))
}
