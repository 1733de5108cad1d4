/**
 * Several servers share a catalog: the agent that is asked may wait at this one while somebody asks at another, whose bell
 * nobody hears here. So each looks for questions that nobody was told of.
 */
import { isFailure } from '#base'
import { listUntoldFolderQuestions } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { patienceMs } from './folder-question.ts'

const lookMs = 1_000

/** Goes on until it is disposed of. With SQLite there is one server, and it is told of all that is asked. */
export function watchQuestions(kernel: ServerKernel): AsyncDisposable {
  const closing = new AbortController()
  const signal = AbortSignal.any([closing.signal, kernel.ending])
  const watching = kernel.catalog.engine === 'postgres' ? watch(kernel, signal) : undefined
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await watching
    },
  }
}

async function watch(kernel: ServerKernel, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await kernel.clock.sleep(lookMs, signal)
      await ringForQuestions(kernel)
    } catch (problem) {
      if (isFailure(problem, 'job.aborted')) return
      kernel.log.warn({ problem }, 'questions of other servers could not be looked for')
    }
  }
}

export async function ringForQuestions({
  catalog,
  doorbell,
  wallMs,
}: Pick<ServerKernel, 'catalog' | 'doorbell' | 'wallMs'>): Promise<void> {
  const asked = await listUntoldFolderQuestions(catalog.db, wallMs() - patienceMs)
  for (const instanceId of asked) doorbell.ring(instanceId)
}
