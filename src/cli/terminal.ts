/** Questions on the terminal. What is typed for a secret is not shown. */
import { once } from 'node:events'
import { failure } from '#base'
import type { Context } from './command.ts'
import type { InputStream } from './machine.ts'

const lineCharactersMax = 8192

/** Asks on standard error, so that a redirected result stays clean. @throws job.aborted on Ctrl-C */
export async function askSecret(context: Context, question: string): Promise<string> {
  const { machine, output, signal } = context
  const { input } = machine
  if (input.isTTY !== true || input.setRawMode === undefined) throw failure('key.missing')
  output.endProgress()
  // Before the question, or who types at once would see it on the screen.
  input.setRawMode(true)
  try {
    machine.errors.write(question)
    let line = ''
    for (;;) {
      const data = await nextInput(input, signal)
      for (const character of String(data)) {
        if (character === '\r' || character === '\n') return line
        if (character === '\x03') throw failure('job.aborted')
        if (character === '\x04') {
          if (line === '') throw failure('job.aborted')
        } else if (character === '\x7f' || character === '\b')
          line = [...line].slice(0, -1).join('')
        else if (character === '\x15') line = ''
        else if (character >= ' ' && line.length < lineCharactersMax) line += character
      }
    }
  } finally {
    input.setRawMode(false)
    input.pause()
    machine.errors.write('\n')
  }
}

/** A line in plain sight, without blanks around it. Without a terminal nobody can be asked. */
export async function askLine(context: Context, question: string): Promise<string | undefined> {
  const { machine, output, signal } = context
  if (machine.input.isTTY !== true) return undefined
  output.endProgress()
  machine.errors.write(question)
  const data = await nextInput(machine.input, signal)
  machine.input.pause()
  return String(data).trim()
}

/** A yes or no in plain sight. Without a terminal nobody can say yes. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  const said = await askLine(context, `${question} [y/N] `)
  return said !== undefined && /^y(es)?$/i.test(said)
}

/** A terminal that hangs up ends the question. */
async function nextInput(input: InputStream, signal: AbortSignal): Promise<unknown> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  const onEnd = () => ended.abort()
  input.once('end', onEnd)
  // A stream that was paused stays so, listeners or not.
  input.resume()
  try {
    const [data] = await once(input, 'data', { signal: either })
    return data
  } catch (problem) {
    throw ended.signal.aborted ? failure('job.aborted', {}, problem) : problem
  } finally {
    input.off('end', onEnd)
  }
}

/** The first line of standard input. */
export async function readInputLine(context: Context): Promise<string> {
  let text = ''
  for await (const data of context.machine.input) {
    text += String(data)
    if (text.includes('\n') || text.length > lineCharactersMax) break
  }
  return text.replace(/\r?\n[\s\S]*$/, '')
}
