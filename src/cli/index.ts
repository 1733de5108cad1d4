/** The door of `cli`: the program behind `holdfast`, and its table of commands for the docs. */
export {
  type Command,
  type CommandEntry,
  type CommandGroup,
  isGroup,
  type OptionSpec,
} from './command.ts'
export { commandEntries } from './commands.ts'
export { exitCodes, exitsOf, optionText, usageOf } from './help-text.ts'
export type {
  InputStream,
  Machine,
  OpenBlocks,
  OpenSource,
  OutputStream,
  ServerLink,
  ServerTrust,
  ShownCertificate,
  Stretcher,
  VaultFolder,
} from './machine.ts'
export { runCli } from './run.ts'
export type {
  AgentIdentityStory,
  ServerRunRequest,
  ServerStory,
  Services,
} from './services.ts'
export { commonOptions, serverOptions, vaultOptions } from './settings.ts'
