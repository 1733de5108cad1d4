/** Leases of a vault in a folder of this machine. */
export { directoryLeases } from './directory-leases.ts'
