/** The door of `contract`: what server, agent, CLI and console say to each other. */
export * from './enums/alerts.ts'
export * from './enums/instances.ts'
export * from './enums/jobs.ts'
export * from './enums/plans.ts'
export * from './enums/roles.ts'
export * from './enums/vaults.ts'
export * from './ids.ts'
