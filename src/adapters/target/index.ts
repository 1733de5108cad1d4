/** The files of this machine as the target of a restore. */
export { type LinuxTargetOptions, linuxTargetTree } from './linux-target-tree.ts'
