/** The worker threads of a backup, and the memory that they share. */
export { slotContentBytes, slotEntriesMax } from './arena.ts'
export { openPool, type Pool, type PoolRequest } from './pool.ts'
