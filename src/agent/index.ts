/** The door of `agent`: the client process on a protected machine. */
export { type BackOffPlan, waitMs } from './channel/back-off.ts'
export { Connection } from './connection.ts'
export {
  type ActivationText,
  parseActivation,
  parseServerAddress,
} from './identity/activation-text.ts'
export { type EnrolTools, enrol } from './identity/enrol.ts'
export { type AgentIdentity, isRevoked, readIdentity } from './identity/identity-file.ts'
export {
  defaultPolicy,
  type LocalPolicy,
  loadPolicy,
  parsePolicy,
  policyPath,
} from './policy/local-policy.ts'
export type {
  AgentLink,
  AgentLog,
  ForeignReason,
  HookCall,
  HookOutcome,
  HookRunner,
  LinkCredentials,
  Machine,
  MachineDescription,
  Mount,
  OpenLink,
  PriorityControl,
  PriorityRequest,
  Trust,
} from './ports.ts'
export { RateLimit } from './rate-limit.ts'
export {
  type KeptReceipt,
  ReceiptBook,
  type ReceiptKeeper,
  type Receipts,
  readReceipts,
  type TakeReceipt,
} from './receipts/receipt-book.ts'
export { type AgentEnd, type AgentOptions, runAgent } from './run-agent.ts'
export { RemoteSession } from './session/remote-session.ts'
export type { OpenedSource, WorkerPorts } from './session/session-ports.ts'
export { viewSession } from './session/session-view.ts'
export { openWorker } from './session/worker.ts'
export { narrowMounts } from './sources/allowed-mounts.ts'
export { StateFolder } from './state/state-folder.ts'
export type { Installation } from './upkeep/installation.ts'
export type * from './work.ts'
