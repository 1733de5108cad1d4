/**
 * The report lines of one job, in a file: written as they come, read when the job has ended and the server takes them.
 * So memory does not grow with what is wrong on a machine, and an agent that falls loses none. A new try of the job begins
 * a new file: only what its last try found is reported.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import {
  type AgentMessage,
  agentMessage,
  encodeWire,
  linesPerMessageMax,
  tryDecodeWire,
} from '#contract'
import type { WorkObserver } from '../work.ts'

type ReportMessage = Extract<AgentMessage, { readonly kind: 'report' }>
type ReportJob = ReportMessage['jobId']
export type ReportPart = {
  readonly list: ReportMessage['list']
  readonly lines: ReportMessage['lines']
  /** Where the next part begins. */
  readonly end: number
}

/** What is beyond is counted, not listed. */
const spooledLinesMax = 1_000_000
const bufferedBytesMax = 64 * 1024
/** A part of a report that is sent at once. */
const partBytesMax = 128 * 1024

export class SpoolWriter {
  readonly #file: number
  readonly #jobId: ReportJob
  #buffer: string[] = []
  #buffered = 0
  #lines = 0
  #unlisted = 0
  #problem: Error | undefined

  constructor(path: string, jobId: ReportJob) {
    this.#file = openSync(path, 'a', 0o600)
    ftruncateSync(this.#file)
    this.#jobId = jobId
  }

  /** Never throws: a full disk must not end a backup. What was lost is told by `close`. */
  readonly add: WorkObserver['reported'] = (list, line) => {
    this.#lines++
    if (this.#lines > spooledLinesMax || this.#problem !== undefined) return
    const text = this.#textOf(list, line)
    if (text === undefined) return
    this.#buffer.push(text)
    this.#buffered += text.length
    if (this.#buffered >= bufferedBytesMax) this.#flush()
  }

  /** @returns what is not in the report, as sentences */
  close(): readonly string[] {
    this.#flush()
    closeSync(this.#file)
    const lost = Math.max(0, this.#lines - spooledLinesMax) + this.#unlisted
    return [
      ...(lost > 0 ? [`${lost} more lines are counted, but not listed in the report`] : []),
      ...(this.#problem ? [`lines of the report are lost: ${this.#problem.message}`] : []),
    ]
  }

  #textOf(...[list, line]: Parameters<WorkObserver['reported']>): string | undefined {
    const message = {
      kind: 'report',
      number: 0,
      at: 0,
      jobId: this.#jobId,
      list,
      lines: [line],
    } as const
    try {
      return `${JSON.stringify(encodeWire(agentMessage, message))}\n`
    } catch {
      // A path longer than the wire takes, say: `close` tells of it.
      this.#unlisted++
      return undefined
    }
  }

  #flush(): void {
    if (this.#buffer.length === 0 || this.#problem !== undefined) return
    const text = this.#buffer.join('')
    this.#buffer = []
    this.#buffered = 0
    try {
      writeWhole(this.#file, new TextEncoder().encode(text))
    } catch (problem) {
      this.#problem = problem instanceof Error ? problem : new Error(String(problem))
    }
  }
}

/** The parts of a spool after `from`, each of one list. A line that a fall cut short ends it. */
export async function* readSpool(path: string, from: number): AsyncGenerator<ReportPart> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, 'r')
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return
    throw problem
  }
  try {
    let at = from
    for (;;) {
      const { buffer, bytesRead } = await file.read(
        new Uint8Array(lineBytesMax),
        0,
        lineBytesMax,
        at,
      )
      const part = partOf(buffer.subarray(0, bytesRead))
      if (part === undefined) return
      at += part.bytes
      if (part.lines.length > 0) yield { list: part.list, lines: part.lines, end: at }
    }
  } finally {
    await file.close()
  }
}

/** A path of 64 Ki characters may be four times as many bytes, and its reason comes on top. */
const lineBytesMax = 512 * 1024
const newline = 10

type Part = { list: ReportMessage['list']; lines: ReportMessage['lines'][number][]; bytes: number }

function partOf(bytes: Uint8Array): Part | undefined {
  let part: Part | undefined
  let at = 0
  for (;;) {
    const end = bytes.indexOf(newline, at)
    if (end < 0) return part
    const line = lineIn(bytes.subarray(at, end))
    if (part !== undefined) {
      if (line !== undefined && line.list !== part.list) return part
      if (end > partBytesMax || part.lines.length >= linesPerMessageMax) return part
    }
    part ??= { list: line?.list ?? 'failed', lines: [], bytes: 0 }
    if (line !== undefined) part.lines.push(...line.lines)
    at = end + 1
    part.bytes = at
  }
}

function lineIn(bytes: Uint8Array): ReportMessage | undefined {
  const read = tryDecodeWire(agentMessage, jsonIn(new TextDecoder().decode(bytes)))
  return 'value' in read && read.value.kind === 'report' ? read.value : undefined
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (problem) {
    // Cut short by a fall, or by a full disk: such a line is none.
    if (problem instanceof SyntaxError) return undefined
    throw problem
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}
