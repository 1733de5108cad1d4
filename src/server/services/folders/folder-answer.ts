/**
 * What an agent said of a folder, as a row keeps it until it is fetched. What it names is shown to people: names are inert
 * text wherever they are shown, and of a refusal only codes count that such a question can have (A18, A21).
 */
import { catalogue, type ErrorCode, failure } from '#base'
import { type AgentMessage, type FolderList, type Problem, pathToText, routes } from '#contract'
import type { JsonRecord } from '../../catalog/index.ts'
import { inert } from '../jobs/job-problem.ts'
import { fromJson } from '../jobs/wire-json.ts'

type Said = Pick<Extract<AgentMessage, { readonly kind: 'folder' }>, 'names' | 'isWhole'>

export function answerRecord({ names, isWhole }: Said): JsonRecord {
  return { kind: 'names', names: names.map(pathToText), isWhole }
}

const refusals: ReadonlySet<string> = new Set<ErrorCode>([
  'agent.busy',
  'agent.cannot',
  'agent.policy-refused',
  'agent.policy-unusable',
  'folder.unreadable',
  'target.not-folder',
  'target.not-found',
])
const factsMax = 4

export function refusalRecord({ code, context, detail }: Problem): JsonRecord {
  if (!refusals.has(code)) {
    return { kind: 'refused', code: 'agent.fault', context: { problem: inert(detail) } }
  }
  const facts = Object.entries(context).slice(0, factsMax)
  const shown = facts.map(([name, fact]) => [name, typeof fact === 'string' ? inert(fact) : fact])
  return { kind: 'refused', code, context: Object.fromEntries(shown) }
}

/** @throws what the agent refused with; agent.fault for an answer that is none */
export function readAnswer(record: JsonRecord, path: string): FolderList {
  const { kind, names, isWhole, code, context } = record
  if (kind === 'refused' && typeof code === 'string' && isKnown(code)) {
    throw failure(code, factsOf(context))
  }
  const folders = Array.isArray(names) ? names.map((name) => ({ name })) : undefined
  const read = fromJson(routes.instances.folders.answer.schema, { path, folders, isWhole })
  if (read === undefined) throw failure('agent.fault', { problem: 'its answer is malformed' })
  return read
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

function factsOf(context: unknown): Record<string, string | number> {
  const facts: Record<string, string | number> = {}
  if (typeof context !== 'object' || context === null) return facts
  for (const [name, fact] of Object.entries(context)) {
    if (typeof fact === 'string' || typeof fact === 'number') facts[name] = fact
  }
  return facts
}
