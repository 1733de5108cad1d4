/** Who may come in and do what: setting up, signing in, tokens, accounts, users, regions, the audit log. */
export { accessHandlers } from './access-handlers.ts'
export type {
  AccessPorts,
  NewCredential,
  PasskeyPlace,
  PasskeyVerifier,
  PasswordCheck,
  PasswordHasher,
  SecretBox,
} from './access-ports.ts'
export { createOwner, type OwnerDraft, prepareSetup } from './setup.ts'
