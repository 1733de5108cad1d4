/** The browsers that somebody is signed in with: to look at, and to end one from another. */
import { failure } from '#base'
import { listTokens, revokeToken, type Token } from '../../catalog/accounts/tokens.ts'
import type { HandlersOf } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageOfList } from '../../list-page.ts'
import { signInRecord } from './records.ts'
import { isTokenOver } from './session-life.ts'

export function openSignInHandlers(
  kernel: ServerKernel,
): Pick<HandlersOf<'signIn'>, 'list' | 'endOne'> {
  const { db } = kernel.catalog
  return {
    list: async ({ query }, { identity }) => {
      const { userId, tokenId } = userOf(identity)
      const now = kernel.wallMs()
      const all = await listTokens(db, userId, 'session')
      const open = all.filter((token) => !isTokenOver(token, now))
      const keyOf = ({ createdAt, id }: Token) => [createdAt, id] as const
      const page = pageOfList(open, { list: 'sign-ins', descends: true, keyOf }, query)
      const items = page.items.map((token) => signInRecord(token, tokenId))
      return { ...page, items, total: open.length }
    },
    endOne: async ({ path }, { identity }) => {
      const { userId } = userOf(identity)
      const known = await listTokens(db, userId, 'session')
      if (!known.some(({ id }) => id === path.tokenId)) {
        throw failure('record.not-found', { kind: 'token', id: path.tokenId })
      }
      await revokeToken(db, { id: path.tokenId, userId }, kernel.wallMs())
      return undefined
    },
  }
}
