/**
 * Whether a receipt proves what the agent just sent: signed with the key that was pinned at enrolment, of this instance,
 * this job, this source and these very bytes, and later than everything that the vault had promised before (the rollback
 * rule: a store that was set back has forgotten versions that it had acknowledged).
 */
import { verify } from 'node:crypto'
import type { ByteString } from '#base'
import { encodeReceipt, type InstanceId, type JobId, type Receipt, type VaultId } from '#contract'

export type ExpectedReceipt = {
  readonly instanceId: InstanceId
  readonly vaultId: VaultId
  readonly jobId: JobId
  readonly source: ByteString
  /** SHA-256 of what was sent. */
  readonly draft: string
  /** The highest number of the vault when it was sent; 0: none is known. */
  readonly highest: number
}

/** @returns what is wrong with it */
export function findReceiptFault(
  receipt: Receipt,
  expected: ExpectedReceipt,
  { key, kept }: { readonly key: string | undefined; readonly kept: readonly Receipt[] },
): string | undefined {
  if (key !== undefined && !isSigned(receipt, key)) {
    return 'it is not signed with the key that this machine was told at its activation'
  }
  if (receipt.instanceId !== expected.instanceId)
    return `it is of the instance ${receipt.instanceId}`
  if (receipt.vaultId !== expected.vaultId) return `it is of the vault ${receipt.vaultId}`
  if (receipt.jobId !== expected.jobId) return `it is of the job ${receipt.jobId}`
  if (receipt.source !== expected.source) return 'it is of another source'
  if (receipt.draft !== expected.draft) return 'it is of another content than was sent'
  if (kept.some((one) => isOtherVersion(one, receipt))) {
    return `the version ${receipt.versionId} is not that of this job`
  }
  if (kept.some((one) => one.pointId === receipt.pointId && one.sequence === receipt.sequence)) {
    return undefined
  }
  return receipt.sequence > expected.highest
    ? undefined
    : `its number in the vault is ${receipt.sequence}, and the vault had ${expected.highest} already`
}

/** All points of a job make one version, and a version is of one job. */
function isOtherVersion(kept: Receipt, receipt: Receipt): boolean {
  return (kept.jobId === receipt.jobId) !== (kept.versionId === receipt.versionId)
}

function isSigned({ signature, ...facts }: Receipt, key: string): boolean {
  const bytes = Buffer.from(signature, 'base64')
  return bytes.length === 64 && verify(null, encodeReceipt(facts), key, bytes)
}
