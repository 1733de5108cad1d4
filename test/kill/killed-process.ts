// Starts the real program and kills it with signal 9: at a moment, or when it asks the kernel for a certain step.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../house/source-files.ts'

export type Blow =
  | { readonly kind: 'moment'; readonly afterMs: number }
  /** Just before the n-th call of this kind in any one thread. Needs strace. */
  | { readonly kind: 'step'; readonly call: string; readonly number: number }

export type End = {
  /** Undefined when the signal came first. */
  readonly code: number | undefined
  readonly out: string
  readonly err: string
  readonly tookMs: number
}

export type Environment = Readonly<Record<string, string>>

const launcher = join(root, 'bin/holdfast.js')
const patienceSeconds = 120

export function describeBlow(blow: Blow): string {
  return blow.kind === 'moment'
    ? `after ${Math.round(blow.afterMs)} ms`
    : `before ${blow.call} number ${blow.number} of a thread`
}

/** Runs to the end, or to the blow, whichever comes first. */
export async function runProgram(
  words: readonly string[],
  env: Environment,
  blow?: Blow,
): Promise<End> {
  const [program = '', ...rest] = [...underStrace(blow), process.execPath, launcher, ...words]
  const startedAt = performance.now()
  // A group of its own, so that no thread of it and no strace outlives the blow.
  const child = spawn(program, rest, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => (out += String(data)))
  child.stderr.on('data', (data) => (err += String(data)))
  // Seconds in which this process runs, so that a pause of the whole test is no hang of the program.
  let seconds = 0
  const patience = setInterval(() => {
    if (++seconds === patienceSeconds) kill()
  }, 1000)
  const timer = blow?.kind === 'moment' ? setTimeout(kill, blow.afterMs) : undefined
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearInterval(patience)
  clearTimeout(timer)
  const tookMs = performance.now() - startedAt
  if (seconds >= patienceSeconds) throw new Error(`holdfast ${words.join(' ')} hung: ${err}`)
  return { code: code ?? undefined, out, err, tookMs }
}

function underStrace(blow: Blow | undefined): readonly string[] {
  if (blow?.kind !== 'step') return []
  const { call, number } = blow
  const inject = `inject=${call}:signal=KILL:when=${number}`
  // Not with --seccomp-bpf: strace 6.1 then counts no further than one.
  return ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
}
