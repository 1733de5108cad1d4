/** The handlers of access, all of them. */
import type { HandlersOf } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { AccessPorts } from './access-ports.ts'
import { accountHandlers } from './accounts.ts'
import { auditHandlers } from './audit.ts'
import { passkeyHandlers } from './passkeys.ts'
import { regionHandlers } from './regions.ts'
import { setupHandlers } from './setup.ts'
import { signInHandlers } from './sign-in.ts'
import { tokenHandlers } from './tokens.ts'
import { userHandlers } from './users.ts'

type Group = 'setup' | 'signIn' | 'passkeys' | 'tokens' | 'users' | 'accounts' | 'regions' | 'audit'

export function accessHandlers(
  kernel: ServerKernel,
  ports: AccessPorts,
  address: () => string,
): { readonly [Name in Group]: HandlersOf<Name> } {
  const parts = { kernel, address, ...ports }
  return {
    setup: setupHandlers(parts),
    signIn: signInHandlers(parts),
    passkeys: passkeyHandlers(parts),
    tokens: tokenHandlers(parts),
    users: userHandlers(parts),
    accounts: accountHandlers(parts),
    regions: regionHandlers(kernel),
    audit: auditHandlers(kernel),
  }
}
