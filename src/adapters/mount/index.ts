/** Points as a folder of this machine. */
export { type Mounted, type MountRequest, mountTree } from './mount-tree.ts'
