/** Leases of a vault in a folder of this machine, and of the data of a server. */
export { directoryLeases } from './directory-leases.ts'
export { holdServerData } from './server-data.ts'
