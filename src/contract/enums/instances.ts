/** States of instances and of the client on them. */

// The states of a client (A5) are the engine's, which derives the running status from them.
export { type ClientStatus, clientStatuses } from '#engine'

export const instanceKinds = ['physical', 'virtual', 'cloud'] as const
export type InstanceKind = (typeof instanceKinds)[number]

/** A released instance is gone; its points live until they expire. */
export const instanceStates = ['RUNNING', 'STOPPED', 'RELEASED'] as const
export type InstanceState = (typeof instanceStates)[number]

export const systems = ['linux', 'windows', 'macos'] as const
export type System = (typeof systems)[number]

export const architectures = ['x86-64', 'arm64'] as const
export type Architecture = (typeof architectures)[number]

/** A7: one method per instance. */
export const protectionMethods = ['none', 'essential', 'policy'] as const
export type ProtectionMethod = (typeof protectionMethods)[number]

/** How a client gets onto an instance (A2). */
export const deploymentWays = ['code', 'ssh'] as const
export type DeploymentWay = (typeof deploymentWays)[number]

export const databaseKinds = ['postgresql', 'mysql', 'mongodb', 'redis', 'sqlite', 'other'] as const
export type DatabaseKind = (typeof databaseKinds)[number]
