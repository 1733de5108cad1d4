/** The own second factor: setting it up, its recovery codes, turning it off. */
import { failure } from '#base'
import type { HandlersOf } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import type { AccessParts } from './access-ports.ts'
import { checkKnown } from './known-member.ts'
import { renewRecoveryCodes } from './recovery-codes.ts'
import { beginFactor, confirmFactor, dropFactor } from './second-factor.ts'
import { memberOf } from './user-rules.ts'

type Verb =
  | 'beginSecondFactor'
  | 'confirmSecondFactor'
  | 'renewRecoveryCodes'
  | 'removeSecondFactor'

export function secondFactorHandlers(parts: AccessParts): Pick<HandlersOf<'signIn'>, Verb> {
  const { kernel } = parts
  const { db } = kernel.catalog
  return {
    beginSecondFactor: async (_, { identity }) =>
      await beginFactor(parts, await memberOf(db, userOf(identity).userId)),
    confirmSecondFactor: async ({ body }, { identity }) => {
      const member = await memberOf(db, userOf(identity).userId)
      // Whoever found a browser signed in could keep its owner out of all others.
      await checkKnown(parts, member, body.password)
      return { codes: [...(await confirmFactor(parts, member, body.oneTimeCode))] }
    },
    renewRecoveryCodes: async ({ body }, { identity }) => {
      const member = await memberOf(db, userOf(identity).userId)
      await checkKnown(parts, member, body.password)
      if (member.totpSecret === null) throw failure('auth.second-factor-not-begun')
      return { codes: [...(await renewRecoveryCodes(kernel, db, member.id))] }
    },
    // A browser that stands open must not suffice for what makes signing in easier.
    removeSecondFactor: async ({ body }, { identity }) => {
      const { userId } = userOf(identity)
      await checkKnown(parts, await memberOf(db, userId), body.password)
      await dropFactor(db, userId)
      return undefined
    },
  }
}
