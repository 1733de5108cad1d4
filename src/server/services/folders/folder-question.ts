/**
 * A question for the folders of a machine: an assignment without a job. It is given only while somebody waits for the
 * answer, and only to an agent that knows it; one that does not could read none of its assignments any more.
 */
import { failure } from '#base'
import { type ClientId, problemOf } from '#contract'
import {
  addAssignment,
  addFolderAnswer,
  type CatalogDb,
  countFolderQuestions,
  holdChannel,
  type JsonRecord,
  type PendingAssignment,
  removeAssignment,
  takeFolderAnswer,
  transact,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { refusalRecord } from './folder-answer.ts'

/** How long a question is waited for. */
export const patienceMs = 15_000
/** Of one client, whoever asks: the agent lists a few at once. */
const openMax = 8

export type Question = Pick<PendingAssignment, 'clientId' | 'number'>

/** What wakes those who wait for the answer. */
export function answerBell({ clientId, number }: Question): string {
  return `folder ${clientId} ${number}`
}

/** @throws server.busy */
export async function putQuestion(
  { catalog, wallMs }: ServerKernel,
  clientId: ClientId,
  path: string,
): Promise<Question> {
  const now = wallMs()
  return await transact(catalog.db, async (trx) => {
    await holdChannel(trx, clientId)
    const open = await countFolderQuestions(trx, clientId, now - patienceMs)
    if (open >= openMax) throw failure('server.busy', { seconds: 5 })
    const kind = 'list-folder' as const
    const head = { clientId, kind, jobId: null, attempt: null, createdAt: now }
    return await addAssignment(trx, { ...head, content: { kind, path } })
  })
}

/** Nobody waits any more. @returns the answer, should it have come in the last moment */
export async function takeBack(
  { catalog }: ServerKernel,
  question: Question,
): Promise<JsonRecord | undefined> {
  const { clientId, number } = question
  return await transact(catalog.db, async (trx) => {
    const open = await removeAssignment(trx, clientId, number)
    return open === undefined ? await takeFolderAnswer(trx, question) : undefined
  })
}

/** @returns whether somebody waits for it */
export async function keepAnswer(
  trx: CatalogDb,
  question: Question,
  { answer, now }: { readonly answer: JsonRecord; readonly now: number },
): Promise<boolean> {
  const { clientId, number } = question
  const asked = await removeAssignment(trx, clientId, number)
  if (asked?.kind !== 'list-folder') return false
  await addFolderAnswer(trx, { clientId, number, answer, createdAt: now })
  return true
}

/** Whether the question may go out; one that may not is answered, or gone. */
export async function mayGive(
  { catalog, doorbell, wallMs }: ServerKernel,
  question: PendingAssignment,
  knows: readonly string[],
): Promise<boolean> {
  const now = wallMs()
  if (now - question.createdAt >= patienceMs) {
    await removeAssignment(catalog.db, question.clientId, question.number)
    return false
  }
  if (knows.includes('list-folder')) return true
  const problem = 'it is older than the listing of folders'
  const answer = refusalRecord(problemOf(failure('agent.cannot', { problem })))
  await transact(catalog.db, async (trx) => await keepAnswer(trx, question, { answer, now }))
  doorbell.ring(answerBell(question))
  return false
}
