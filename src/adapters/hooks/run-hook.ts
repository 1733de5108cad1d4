/**
 * Runs a hook: one program, without arguments and without a shell, in a process group of its own, with an environment that
 * holds nothing of the agent's. When it fails, its time is over or the job is cancelled, it and everything that it began are ended,
 * also what has left the group: each of its processes carries a mark in its environment.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { endMarked } from './end-marked.ts'

export type HookRun = {
  readonly name: string
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

const outputBytesMax = 8 * 1024
/** For a hook to put away what it holds; then it is killed. */
const graceMs = 1_000
/** What a process in the background may still print when its parent has ended. */
const drainMs = 500
const mark = 'HOLDFAST_HOOK'

type Ending = { readonly problem?: string }

export function hookRunner() {
  return {
    async run(hook: HookRun, signal: AbortSignal) {
      if (signal.aborted) return { problem: 'it was not begun: the job was cancelled', output: '' }
      const token = randomBytes(16).toString('hex')
      const child = spawn(hook.path, [], {
        cwd: '/',
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          LANG: 'C.UTF-8',
          ...hook.environment,
          [mark]: token,
        },
      })
      const output = collect(child)
      const ending = await ended(child, hook, signal)
      // What a hook that succeeded leaves behind may hold the lock that the hook after gives back.
      if (ending.problem !== undefined) await endAll(child, token)
      child.stdout?.destroy()
      child.stderr?.destroy()
      return { ...ending, output: output() }
    },
  }
}

async function ended(child: ChildProcess, hook: HookRun, signal: AbortSignal): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const drained = Promise.withResolvers<void>()
  child.on('error', (problem) =>
    resolve({ problem: `it could not be started: ${problem.message}` }),
  )
  child.on('exit', (code, cause) => resolve(endingOf(code, cause)))
  child.on('close', () => drained.resolve())
  const timer = setTimeout(
    () => resolve({ problem: `it did not end within ${hook.timeoutMs / 1_000} s` }),
    hook.timeoutMs,
  )
  const onAbort = () => resolve({ problem: 'the job was cancelled' })
  signal.addEventListener('abort', onAbort, { once: true })
  const ending = await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', onAbort)
  if (child.exitCode !== null || child.signalCode !== null) {
    const late = setTimeout(() => drained.resolve(), drainMs)
    await drained.promise
    clearTimeout(late)
  }
  return ending
}

function endingOf(code: number | null, cause: NodeJS.Signals | null): Ending {
  if (code === 0) return {}
  return { problem: code === null ? `it was ended by ${cause}` : `it ended with ${code}` }
}

/** The last of both streams, as they came. */
function collect(child: ChildProcess): () => string {
  let pieces: Buffer[] = []
  const take = (piece: Buffer) => {
    pieces.push(piece)
    if (pieces.length < 64) return
    pieces = [Buffer.concat(pieces).subarray(-outputBytesMax)]
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  return () => Buffer.concat(pieces).subarray(-outputBytesMax).toString('utf8')
}

async function endAll(child: ChildProcess, token: string): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const isOver = child.exitCode !== null || child.signalCode !== null
  if (!isOver && signalGroup(pid, 'SIGTERM')) {
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, graceMs)
    await Promise.race([over, late.promise])
    clearTimeout(timer)
  }
  signalGroup(pid, 'SIGKILL')
  await endMarked(`${mark}=${token}`)
}

/** @returns whether there was anybody in the group */
function signalGroup(pid: number, cause: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, cause)
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ESRCH') return false
    throw problem
  }
}
