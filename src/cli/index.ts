/** The door of `cli`: the program behind `holdfast`. */
export type {
  InputStream,
  Machine,
  OpenSource,
  OutputStream,
  Stretcher,
  VaultFolder,
} from './machine.ts'
export { runCli } from './run.ts'
