// How many receipts a machine keeps, and what a new activation forgets.
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { type IdKind, idFromBytes, ids, type Receipt } from '#contract'
import { StateFolder } from '../state/state-folder.ts'
import {
  addReceipt,
  forgetHighest,
  ReceiptBook,
  type Receipts,
  readReceipts,
  receiptsPerPlanMax,
} from './receipt-book.ts'

const none: Receipts = { highest: new Map(), kept: [], refused: [] }

function numbered<Kind extends IdKind>(kind: Kind, number: number) {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(12, number)
  return idFromBytes(kind, bytes)
}

function receiptOf(sequence: number, plan = 1): Receipt {
  return {
    instanceId: numbered('instance', 1),
    vaultId: numbered('vault', 1),
    planId: numbered('plan', plan),
    jobId: numbered('job', sequence),
    versionId: numbered('version', sequence),
    source: byteStringFromText('/srv'),
    draft: '0'.repeat(64),
    pointId: ids.point.parse(sequence.toString(16).padStart(64, '0')),
    sequence,
    trustedAt: sequence,
    signature: '',
  }
}

const keptOf = (receipt: Receipt) => ({ at: receipt.sequence, receipt, isChecked: true })

async function inFolder(work: (state: StateFolder) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-receipts-'))
  try {
    await work(await StateFolder.open(join(folder, 'state')))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the newest of each plan are kept; a plan that runs often takes no room of another', () => {
  let book = addReceipt(none, keptOf(receiptOf(1, 2)))
  for (let n = 2; n < receiptsPerPlanMax + 12; n++) book = addReceipt(book, keptOf(receiptOf(n)))
  const [first, second] = book.kept.map(({ receipt }) => receipt.sequence)
  equal(book.kept.length, receiptsPerPlanMax + 1)
  deepEqual([first, second], [1, 12])
  equal(book.highest.get(numbered('vault', 1)), receiptsPerPlanMax + 11)
})

test('the same receipt twice is kept once; of refused ones the newest hundred', () => {
  const twice = addReceipt(addReceipt(none, keptOf(receiptOf(1))), keptOf(receiptOf(1)))
  equal(twice.kept.length, 1)
  let book = none
  for (let n = 1; n <= 105; n++)
    book = addReceipt(book, { ...keptOf(receiptOf(n)), problem: 'it is odd' })
  deepEqual([book.refused.length, book.refused[0]?.at, book.kept.length], [100, 6, 0])
  equal(book.highest.size, 0)
})

test('two jobs that end at the same time lose no receipt, and the later number is no fault of the earlier', async () => {
  await inFolder(async (state) => {
    const instanceId = numbered('instance', 1)
    const book = new ReceiptBook(
      state,
      () => ({ instanceId }),
      () => 5,
    )
    const [one, two] = [receiptOf(1), receiptOf(2)]
    const sent = new Uint8Array()
    const draft = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const takes = await Promise.all([one, two].map((receipt) => book.expect(receipt, sent)))
    const told = [two, one].map((receipt, i) => takes[1 - i]?.({ ...receipt, draft }))
    await Promise.all(told)
    const { kept, highest } = await readReceipts(state)
    deepEqual(
      kept.map(({ receipt }) => receipt.sequence),
      [2, 1],
    )
    equal(highest.get(one.vaultId), 2)
    await forgetHighest(state)
    const after = await readReceipts(state)
    deepEqual([after.kept.length, after.highest.size], [2, 0])
  })
})

test('a file that holds something else is said to be unusable, and is not written over', async () => {
  await inFolder(async (state) => {
    writeFileSync(state.pathOf('receipts.json'), '{ "kept": [{}] }')
    await rejects(readReceipts(state), { code: 'agent.state-unusable' })
    const book = new ReceiptBook(
      state,
      () => ({ instanceId: numbered('instance', 1) }),
      () => 5,
    )
    await rejects(book.expect(receiptOf(1), new Uint8Array()), { code: 'agent.state-unusable' })
  })
})
