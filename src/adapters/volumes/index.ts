/** This machine: its volumes (B1), its databases (B7) and what identifies it. */
export type { ForeignReason } from './classify-mounts.ts'
export { type FoundDatabase, findDatabases } from './find-databases.ts'
export { type FoundMount, freeBytesAt, listMounts, volumeBytesAt } from './list-mounts.ts'
export { architectureOf, thisMachine } from './this-machine.ts'
