/** One call of the program: finds the command, runs it, tells how it ended. Resolves to the exit code. */
import { catalogue, type Failure, failure, isFailure } from '#base'
import { causeLines } from './failure-text.ts'
import type { Machine } from './machine.ts'
import { Output } from './output.ts'
import { printable } from './printable.ts'
import { runProgram } from './program.ts'
import { roughSettings } from './settings.ts'

const interruptedExit = catalogue['job.aborted'].exit
/** As the shell reports a program whose reader went away. */
const brokenPipeExit = 141
/** Stands for "ended because nobody could be told", until the reason is known. */
const exitUnwritten = -1

/** @param words the command line after the program's name */
export async function runCli(machine: Machine, words: readonly string[]): Promise<number> {
  const controller = new AbortController()
  const stopListening = machine.onInterrupt(() => {
    // The second time the user means it. Nothing is lost: the vault is as after a kill, which it is made for.
    if (controller.signal.aborted) machine.exit(interruptedExit)
    controller.abort()
  })
  // Whoever reads our output may leave. A listing then ends at its next line; a backup goes on.
  let unwritable: (Error & { readonly code?: string }) | undefined
  machine.output.on('error', (problem) => {
    unwritable ??= problem
  })
  // Nobody reads what we say there; what we do goes on.
  machine.errors.on('error', () => undefined)
  const output = new Output(machine, roughSettings(words, machine.environment))
  const stopCatching = machine.onUncaught((problem) => machine.exit(tellBug(output, problem)))
  const { signal } = controller
  let exit: number
  try {
    exit = await runProgram({ machine, output, signal }, words)
  } catch (problem) {
    // What was already found out comes before the error.
    await isTaken(output)
    exit = unwritable === undefined ? tell(output, problem, signal) : exitUnwritten
  } finally {
    stopListening()
    stopCatching()
  }
  await isTaken(output)
  return unwritable === undefined ? exit : tellUnwritable(output, unwritable, exit)
}

function tellUnwritable(output: Output, problem: { readonly code?: string }, exit: number): number {
  if (problem.code === 'EPIPE') return exit === 0 || exit === exitUnwritten ? brokenPipeExit : exit
  output.aside(`Error: The output cannot be written (${problem.code ?? 'unknown reason'}).`)
  return 1
}

function tell(output: Output, problem: unknown, signal: AbortSignal): number {
  output.endProgress()
  const known = asFailure(problem, signal)
  if (known === undefined) return tellBug(output, problem)
  output.failure(known)
  if (output.settings.verbose) for (const line of causeLines(known)) output.aside(line)
  return known.entry.exit
}

function asFailure(problem: unknown, signal: AbortSignal): Failure | undefined {
  if (isFailure(problem)) return problem
  const isAbort = problem instanceof Error && problem.name === 'AbortError'
  return isAbort && signal.aborted ? failure('job.aborted', {}, problem) : undefined
}

function tellBug(output: Output, problem: unknown): number {
  const text = problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem)
  const advice = 'Please report it, with the output of the same command with --verbose.'
  output.event('error', { code: 'bug', kind: 'bug', exit: 1, message: printable(text), advice })
  if (!output.settings.json) {
    output.aside(
      `${output.paint('red', 'Error:')} This is a bug in Holdfast: ${printable(text)}\n${advice}`,
    )
  }
  if (output.settings.verbose && problem instanceof Error) {
    for (const line of (problem.stack ?? '').split('\n').slice(1)) output.aside(printable(line))
    for (const line of causeLines(problem)) output.aside(line)
  }
  return 1
}

async function isTaken(output: Output): Promise<boolean> {
  try {
    await output.drain()
    return true
  } catch {
    // The reader is gone, and with it everybody whom it could be told to.
    return false
  }
}
