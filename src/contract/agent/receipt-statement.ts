/**
 * What the signature of a receipt is made over. The first line keeps it apart from everything else that the same key
 * signs; every field has its place, so that no two receipts have the same bytes.
 */
import { pathToText } from '../wire/file-path.ts'
import type { Receipt } from './session.ts'

export type ReceiptStatement = Omit<Receipt, 'signature'>

export function encodeReceipt(receipt: ReceiptStatement): Uint8Array {
  const { instanceId, vaultId, planId, jobId, versionId, source, draft } = receipt
  const { pointId, sequence, previous, trustedAt, retainUntil } = receipt
  const whose = [instanceId, vaultId, planId ?? null, jobId, versionId, pathToText(source), draft]
  const what = [pointId, sequence, previous ?? null, trustedAt, retainUntil ?? null]
  return new TextEncoder().encode(`holdfast receipt 1\n${JSON.stringify([...whose, ...what])}\n`)
}
