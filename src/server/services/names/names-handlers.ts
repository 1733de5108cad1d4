/** Names of objects by their ids: of the caller's account alone, and what is not there is left out (A22). */
import { listNames } from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'

export function namesHandlers({ catalog }: Pick<ServerKernel, 'catalog'>): HandlersOf<'names'> {
  return {
    find: async ({ query }, { identity }) => ({
      items: await listNames(catalog.db, accountOf(identity), query.id),
    }),
  }
}
