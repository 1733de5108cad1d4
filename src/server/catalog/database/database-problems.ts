/**
 * What the two databases throw, in the words of the catalogue of errors: `catalog.busy` may be tried again at once,
 * `catalog.unavailable` later. Anything else is a defect of ours and stays what it is.
 */
import { failure } from '#base'

/** SQLite's primary result codes; an extended code holds them in its lowest byte. */
const sqliteBusy = [5, 6]
const sqliteUnavailable = [8, 10, 13, 14, 15, 23]
const sqliteDamaged = [11, 26]

export function translateSqlite(problem: unknown): unknown {
  const code = numberAt(problem, 'errcode')
  if (code === undefined) return problem
  const primary = code & 0xff
  const context = { problem: messageOf(problem) }
  if (sqliteBusy.includes(primary)) return failure('catalog.busy', context, problem)
  if (sqliteUnavailable.includes(primary)) return failure('catalog.unavailable', context, problem)
  if (sqliteDamaged.includes(primary)) return failure('catalog.damaged', context, problem)
  return problem
}

/** Serialization failure, deadlock, lock not available. */
const postgresBusy = ['40001', '40P01', '55P03']
/** Classes: connection, resources, operator intervention, system. Codes: too many connections, idle in transaction. */
const postgresUnavailable = /^(?:08|53|57|58|25P03|28)/
const postgresDamaged = /^XX00[12]$/
/** What the socket and the pool say instead of the server. */
const socketProblem =
  /^(?:ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
const poolProblem = /^(?:Connection terminated|timeout exceeded when trying to connect|Client has)/

export function translatePostgres(problem: unknown): unknown {
  const code = textAt(problem, 'code') ?? ''
  const context = { problem: messageOf(problem) }
  if (postgresBusy.includes(code)) return failure('catalog.busy', context, problem)
  if (postgresDamaged.test(code)) return failure('catalog.damaged', context, problem)
  // The pool has no codes for its own problems; only here is a text looked at, and only for the better message.
  if (postgresUnavailable.test(code) || socketProblem.test(code) || isPoolProblem(problem, code)) {
    return failure('catalog.unavailable', context, problem)
  }
  return problem
}

function isPoolProblem(problem: unknown, code: string): boolean {
  return code === '' && problem instanceof Error && poolProblem.test(problem.message)
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem)
}

function numberAt(problem: unknown, key: string): number | undefined {
  const value = at(problem, key)
  return typeof value === 'number' ? value : undefined
}

function textAt(problem: unknown, key: string): string | undefined {
  const value = at(problem, key)
  return typeof value === 'string' ? value : undefined
}

function at(problem: unknown, key: string): unknown {
  return typeof problem === 'object' && problem !== null ? Reflect.get(problem, key) : undefined
}
