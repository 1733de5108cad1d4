/** What a vault is opened with. */
export * from './credential.ts'
export { decodeKeyFile, encodeKeyFile, keyFileBytesMax } from './key-file.ts'
export { parseRecoveryKey, recoveryKeyText } from './recovery-key.ts'
export {
  type Argon2Cost,
  type Argon2Params,
  argon2LanesMax,
  argon2MemoryFloorKiB,
  argon2MemoryMaxKiB,
  argon2PassesMax,
  argon2WorkMaxKiB,
  decodeSlot,
  defaultArgon2Cost,
  encodeSlot,
  findCostProblem,
  findLabelProblem,
  findSlotId,
  labelLengthMax,
  type Slot,
  type SlotHeader,
  type SlotId,
  type SlotKdf,
  slotBytesMax,
  slotId,
  slotName,
  slotSaltBytes,
} from './slot.ts'
export {
  decodeSlotProof,
  encodeSlotProof,
  findProofSlotId,
  isAuthenticProof,
  makeSlotProof,
  proofName,
  type SlotProof,
} from './slot-proof.ts'
export { unwrapMaster, wrapMaster } from './slot-wrap.ts'
