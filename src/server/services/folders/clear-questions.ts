/** Questions and answers that a server which fell could not take back. */
import { removeFolderTraces } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { PeriodicWork } from '../../scheduler/periodic-work.ts'

const keptMs = 2 * 60_000

export function questionClearing({ catalog, wallMs }: ServerKernel): PeriodicWork {
  return {
    name: 'questions for folders',
    everyMs: 5 * 60_000,
    run: async () => await removeFolderTraces(catalog.db, wallMs() - keptMs),
  }
}
