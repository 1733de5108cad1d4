/** Other machines over SSH: fixed commands, with a pinned host key and today's algorithms only. */
export {
  type ChooseAddress,
  type SshAccess,
  type SshConnection,
  sshMachines,
} from './ssh-machines.ts'
