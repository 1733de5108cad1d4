/**
 * What the agent has promised to do, on disk before it says so. A job is in a file of its own from the moment that it is
 * accepted until the server has its result, so that after a kill every one of them is begun again or reported: none stays
 * "running". The number of the last assignment is written after the files of the jobs: a fall in between brings the same
 * assignments once more, and they are known by their numbers.
 */
import { failure } from '#base'
import {
  type AgentMessage,
  type Assignment,
  agentMessage,
  assignment,
  encodeWire,
  tryDecodeWire,
} from '#contract'
import type { AgentLog } from '../ports.ts'
import type { BackupAssignment, RestoreAssignment } from '../work.ts'
import { fieldIn, numberIn } from './json-fields.ts'
import type { StateFolder } from './state-folder.ts'

export type JobAssignment = BackupAssignment | RestoreAssignment
export type JobResult = Omit<Extract<AgentMessage, { readonly kind: 'result' }>, 'number' | 'at'>

export type JobRecord = {
  readonly assignment: JobAssignment
  /** How often this agent began it. */
  readonly tries: number
  /** Its end, until the server has heard of it. */
  readonly result?: JobResult | undefined
  /** Bytes of its spool that the server has. */
  readonly reportedBytes: number
}

const channelFile = 'channel.json'
const jobsFolder = 'jobs'
const jobFile = /^(\d{1,15})\.json$/

export class Journal {
  readonly #folder: StateFolder
  readonly #log: AgentLog
  #lastNumber = 0

  private constructor(folder: StateFolder, log: AgentLog) {
    this.#folder = folder
    this.#log = log
  }

  /** @returns the journal, and the jobs that are in it, oldest first */
  static async open(
    folder: StateFolder,
    log: AgentLog,
  ): Promise<{ readonly journal: Journal; readonly jobs: readonly JobRecord[] }> {
    const journal = new Journal(folder, log)
    const channel = await folder.findJson(channelFile)
    journal.#lastNumber = numberIn(channel, 'lastNumber') ?? 0
    const jobs: JobRecord[] = []
    for (const name of await folder.list(jobsFolder)) {
      if (!jobFile.test(name)) continue
      const record = await journal.#read(`${jobsFolder}/${name}`)
      if (record !== undefined) jobs.push(record)
    }
    jobs.sort((a, b) => a.assignment.number - b.assignment.number)
    for (const job of jobs) {
      journal.#lastNumber = Math.max(journal.#lastNumber, job.assignment.number)
    }
    return { journal, jobs }
  }

  /** The last assignment that is kept here; the agent asks for what comes after it. */
  get lastNumber(): number {
    return this.#lastNumber
  }

  async advance(number: number): Promise<void> {
    if (number <= this.#lastNumber) return
    await this.#folder.put(channelFile, JSON.stringify({ lastNumber: number }))
    this.#lastNumber = number
  }

  async put(job: JobRecord): Promise<void> {
    const record = {
      assignment: encodeWire(assignment, job.assignment),
      tries: job.tries,
      reportedBytes: job.reportedBytes,
      ...(job.result && { result: encodeWire(agentMessage, { ...job.result, number: 0, at: 0 }) }),
    }
    await this.#folder.put(fileOf(job.assignment), JSON.stringify(record))
  }

  async remove(job: JobAssignment): Promise<void> {
    await this.#folder.remove(fileOf(job))
    await this.#folder.remove(spoolOf(job))
  }

  spoolPath(job: JobAssignment): string {
    return this.#folder.pathOf(spoolOf(job))
  }

  /** A file that is no longer readable is no job: the server's lease on it runs out. */
  async #read(name: string): Promise<JobRecord | undefined> {
    try {
      return recordIn(await this.#folder.findJson(name))
    } catch (problem) {
      const said = problem instanceof Error ? problem : failure('agent.fault', { problem: name })
      this.#log.warn(`the record of a job, ${name}, is damaged and put aside`, said)
      return undefined
    }
  }
}

function fileOf({ number }: JobAssignment): string {
  return `${jobsFolder}/${number}.json`
}

function spoolOf({ number }: JobAssignment): string {
  return `${jobsFolder}/${number}.lines`
}

/** @throws agent.state-unusable */
function recordIn(json: unknown): JobRecord {
  const task = isJob(decoded(assignment, fieldIn(json, 'assignment')))
  const saidResult = fieldIn(json, 'result')
  const tries = numberIn(json, 'tries')
  const reportedBytes = numberIn(json, 'reportedBytes')
  if (tries === undefined || reportedBytes === undefined) throw malformed('a number is missing')
  return {
    assignment: task,
    tries,
    reportedBytes,
    ...(saidResult === undefined ? {} : { result: resultIn(saidResult) }),
  }
}

function isJob(task: Assignment): JobAssignment {
  if (task.kind !== 'backup' && task.kind !== 'restore') throw malformed(`${task.kind} is no job`)
  return task
}

function resultIn(json: unknown): JobResult {
  const message = decoded(agentMessage, json)
  if (message.kind !== 'result') throw malformed('the end of a job is a result')
  const { number: _number, at: _at, ...result } = message
  return result
}

function decoded<Schema extends Parameters<typeof tryDecodeWire>[0]>(
  schema: Schema,
  json: unknown,
) {
  const read = tryDecodeWire(schema, json)
  if ('error' in read) throw malformed(read.error.message.slice(0, 200))
  return read.value
}

function malformed(problem: string): Error {
  return failure('agent.state-unusable', { path: jobsFolder, problem })
}
