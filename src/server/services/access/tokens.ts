/** API tokens of a user: the secret is shown once, and only its hash is kept. */
import { failure } from '#base'
import { hashSecret, newSecret } from '../../authorization/secrets.ts'
import { findApiToken } from '../../catalog/accounts/members.ts'
import { createToken, listTokens, revokeToken, type Token } from '../../catalog/accounts/tokens.ts'
import type { HandlersOf } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import { pageOfList } from '../../list-page.ts'
import type { AccessParts } from './access-ports.ts'
import { checkKnown } from './known-member.ts'
import { tokenRecord } from './records.ts'
import { memberOf } from './user-rules.ts'

export const tokensPerUserMax = 100
const tokenPrefix = 'hft_'

export function tokenHandlers(parts: AccessParts): HandlersOf<'tokens'> {
  const { kernel } = parts
  const { catalog } = kernel
  const { db } = catalog
  return {
    list: async ({ query }, { identity }) => {
      const tokens = await listTokens(db, userOf(identity).userId, 'api')
      const keyOf = ({ name, id }: Token) => [name, id] as const
      const page = pageOfList(tokens, { list: 'tokens', keyOf }, query)
      return { ...page, items: page.items.map(tokenRecord), total: tokens.length }
    },
    create: async ({ body }, { identity, note }) => {
      const { accountId, userId } = userOf(identity)
      // A browser that stands open must not suffice for what outlives it, and a change of the password with it.
      await checkKnown(parts, await memberOf(db, userId), body.password)
      const now = kernel.wallMs()
      const { name, expiresAt = null } = body
      if (expiresAt !== null && expiresAt <= now) {
        const problem = 'the time has passed'
        throw failure('request.invalid', { where: 'body.expiresAt', problem })
      }
      if ((await listTokens(db, userId, 'api')).length >= tokensPerUserMax) {
        throw failure('quota.exceeded', { quota: 'number of tokens', limit: tokensPerUserMax })
      }
      const secret = newSecret(kernel.random, tokenPrefix)
      const token: Token = {
        id: catalog.newId('token'),
        accountId,
        userId,
        kind: 'api',
        name,
        hash: hashSecret(secret),
        scopes: [...new Set(body.scopes)],
        createdAt: now,
        expiresAt,
        usedAt: null,
        revokedAt: null,
      }
      await createToken(db, token)
      note({ token: token.id, scopes: token.scopes.join(' ') })
      return { token: tokenRecord(token), secret }
    },
    revoke: async ({ path }, { identity }) => {
      const { userId } = userOf(identity)
      const of = { id: path.tokenId, userId }
      if ((await findApiToken(db, of)) === undefined) {
        throw failure('record.not-found', { kind: 'token', id: path.tokenId })
      }
      await revokeToken(db, of, kernel.wallMs())
      return undefined
    },
  }
}
