// A worker thread: takes one job after the other and answers each. What fails here is our machinery
// and travels as an error; what fails at the source is part of an answer. Starting one is part of every
// command's time, so this file imports only what all threads need.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { assert, freeBytes } from '#base'
import { findRecord, setThreadPriority } from '../linux/index.ts'
import { captureBatch } from './capture-batch.ts'
import { checkRun } from './check-run.ts'
import { cutPart } from './cut-part.ts'
import { encodeChunks } from './encode-chunks.ts'
import { admit, release } from './exchange-blocks.ts'
import { hashChunks } from './hash-chunks.ts'
import type { JobKind, JobMessage, Jobs, ReplyMessage, WorkerSetup } from './jobs.ts'
import { finishFile, openFile } from './large-file.ts'
import { endListings, listDirectories, listNextPage } from './list-pages.ts'
import { authenticateSealed, recodeParts } from './recode-parts.ts'
import { packError } from './travelling-error.ts'
import { openTools, type WorkerTools } from './worker-tools.ts'

type Handlers = { readonly [K in JobKind]: (ask: Jobs[K]['ask']) => Jobs[K]['answer'] }

assert(parentPort !== null, 'this file runs as a worker thread')
serve(parentPort, workerData)

function serve(port: MessagePort, setup: WorkerSetup): void {
  const { urgent, nice } = setup
  if (nice > 0) setThreadPriority({ nice, io: 'usual' })
  const answer = (message: JobMessage) => {
    const reply = perform(handlers, message)
    port.postMessage(reply, reply.ok ? listBuffers(reply.answer) : [])
  }
  const tools = openTools(setup, () => {
    for (let next = receiveMessageOnPort(urgent); next; next = receiveMessageOnPort(urgent)) {
      answer(next.message)
    }
  })
  const end = () => {
    endListings()
    port.close()
    urgent.close()
  }
  const handlers = makeHandlers(tools, end)
  port.on('message', answer)
  urgent.on('message', answer)
}

function makeHandlers(tools: WorkerTools, end: () => void): Handlers {
  return {
    stat: ({ path }) => findRecord(path),
    list: ({ asks }) => listDirectories(asks),
    page: ({ directory }) => listNextPage(directory),
    capture: (ask) => captureBatch(tools, ask),
    open: openFile,
    cut: (ask) => cutPart(tools, ask),
    hash: (ask) => hashChunks(tools, ask),
    encode: (ask) => encodeChunks(tools, ask),
    finish: finishFile,
    check: (ask) => ({ findings: checkRun(tools, ask) }),
    recode: (ask) => [recodeParts(tools, ask)],
    authenticate: (ask) => authenticateSealed(tools, ask),
    admit: (ask) => admit(tools, ask),
    release: (ask) => release(tools, ask),
    digest: ({ bytes }) => {
      const digest = tools.cipher.digest(bytes)
      freeBytes(bytes)
      return digest
    },
    end: () => {
      end()
      return undefined
    },
  }
}

function perform(handlers: Handlers, { number, kind, ask }: JobMessage): ReplyMessage {
  try {
    // `kind` and `ask` come from one message, so they fit; the compiler cannot follow the pair.
    const handle = handlers[kind] as (ask: JobMessage['ask']) => Jobs[JobKind]['answer']
    return { number, kind, ok: true, answer: handle(ask) }
  } catch (problem) {
    return { number, kind, ok: false, problem: packError(problem) }
  }
}

/** Answers own their buffers, which so change threads without a copy. */
function listBuffers(answer: Jobs[JobKind]['answer']): ArrayBuffer[] {
  if (answer instanceof Uint8Array) return whole(answer)
  if (Array.isArray(answer)) return answer.flatMap(({ bytes }) => whole(bytes))
  if (typeof answer !== 'object' || !('kind' in answer)) return []
  if (answer.kind === 'lists') return whole(answer.records)
  return answer.kind === 'other' ? whole(answer.entry) : []
}

function whole({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
