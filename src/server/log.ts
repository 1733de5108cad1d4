/** Logs as JSON, a line each. What looks like a secret is cut out whoever logs it; contents are never logged. */
import { pino, stdTimeFunctions } from 'pino'
import { isFailure } from '#base'
import type { Log } from './kernel.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export type LogSink = { write(line: string): void }

const secretKeys = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'passphrase',
  'secret',
  'activationCode',
  'setupCode',
  'token',
  'oneTimeCode',
  'csrf',
  'idKey',
]
const depths = ['', '*.', '*.*.']

export function openLog(level: LogLevel, sink: LogSink): Log {
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      errorKey: 'problem',
      serializers: { problem: describeProblem },
      redact: {
        paths: depths.flatMap((depth) =>
          secretKeys.map((key) => `${depth}["${key}"]`.replace('.[', '[')),
        ),
        censor: '[cut]',
      },
    },
    sink,
  )
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  }
}

const causesMax = 5

/** What it is and why, down the causes; where it was thrown only of what nobody foresaw. */
export function describeProblem(problem: unknown, depth = 0): unknown {
  if (!(problem instanceof Error)) return String(problem)
  const { name, message, stack, cause } = problem
  return {
    name,
    message,
    ...('code' in problem && { code: String(problem.code) }),
    ...(!isFailure(problem) && { stack }),
    ...(cause !== undefined && depth < causesMax && { cause: describeProblem(cause, depth + 1) }),
  }
}
