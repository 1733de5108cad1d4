/** The door of `server`: the control server. */
export { hashSecret, newSecret } from './authorization/secrets.ts'
export * from './catalog/index.ts'
export {
  type ConfigurationSources,
  type MailSettings,
  readConfiguration,
  type ServerConfiguration,
} from './configuration.ts'
export { Doorbell } from './doorbell.ts'
export { createEventBus, type EventBus } from './events.ts'
export {
  type ExportedKey,
  exportVaultKey,
  Gateway,
  type GatewayPorts,
  LiveSessions,
  sessionsHandlers,
  tagsOf,
  type VaultStorage,
} from './gateway/index.ts'
export type * from './handler.ts'
export type { ConsoleFile, ConsoleFiles } from './http/console-files.ts'
export {
  type Listener,
  type ListenerRequirements,
  type ListenerTls,
  openListener,
} from './http/listener.ts'
export type { ListenerLimits } from './http/listener-limits.ts'
export { serverHandlers } from './http/server-handlers.ts'
export type * from './identity.ts'
export type * from './kernel.ts'
export { type LogLevel, type LogSink, logLevels, openLog } from './log.ts'
export { type GaugeReading, type GaugeSpec, type Metrics, openMetrics } from './metrics.ts'
export type * from './notices.ts'
export { openServer, type RunningServer, type ServerParts } from './open-server.ts'
export * from './own-backup/index.ts'
export * from './scheduler/index.ts'
export * from './services/access/index.ts'
export * from './services/agents/index.ts'
export * from './services/distribution/index.ts'
export * from './services/jobs/index.ts'
export * from './services/metering/index.ts'
export * from './services/names/index.ts'
export * from './services/notices/index.ts'
export * from './services/overview/index.ts'
export * from './services/points/index.ts'
export * from './services/protection/index.ts'
export * from './services/vaults/index.ts'
