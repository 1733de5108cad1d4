/** Handing out the client, and putting it on machines. */
export { type BuildContent, type ClientBuilds, openClientBuilds } from './client-builds.ts'
export { type ClientPushPorts, clientPush } from './client-push.ts'
export { type Distribution, distributionHandlers } from './handlers.ts'
export { type BuildSigner, openInstallationKey } from './installation-key.ts'
export {
  type InstallerTexts,
  installCommand,
  pinOf,
  placeSeenBy,
  renderInstaller,
  type ServerPlace,
  type ShownCertificate,
} from './installer.ts'
export type { RemoteFacts } from './probe.ts'
export {
  type PushInstaller,
  type PushPorts,
  type PushProgress,
  type PushRequest,
  pushesAtOnceMax,
  pushInstaller,
} from './push-install.ts'
export type {
  HostKey,
  LoginSecret,
  MachineAccess,
  MachineAddress,
  RemoteMachine,
  RemoteMachines,
} from './remote-machine.ts'
