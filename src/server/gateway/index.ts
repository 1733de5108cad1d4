/** The gateway's own door within the server. */
export { type ExportedKey, exportVaultKey } from './export-key.ts'
export { Gateway } from './gateway.ts'
export type {
  GatewayPorts,
  OpenStorage,
  VaultLabel,
  VaultStorage,
  WrappingKey,
} from './gateway-ports.ts'
export { LiveSessions } from './live-sessions.ts'
export type { SessionParts } from './open-session.ts'
export { tagsOf } from './point-origin.ts'
export { sessionsHandlers } from './session-handlers.ts'
