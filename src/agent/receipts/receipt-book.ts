/**
 * The receipts that this machine has: what the server promised, in the machine's own hands. One file, replaced as a whole:
 * the newest of each plan, the highest number of each vault, and the newest that were refused.
 */
import { createHash } from 'node:crypto'
import { displayName, failure } from '#base'
import { encodeWire, type Receipt, routes, tryDecodeWire } from '#contract'
import type { AgentIdentity } from '../identity/identity-file.ts'
import { fieldIn, numberIn, textIn } from '../state/json-fields.ts'
import type { StateFolder } from '../state/state-folder.ts'
import { type ExpectedReceipt, findReceiptFault } from './judge-receipt.ts'

export const receiptsPerPlanMax = 200
const receiptsMax = 2_000
const refusedMax = 100
const receiptsFile = 'receipts.json'
const schema = routes.sessions.commit.answer.schema

export type KeptReceipt = {
  /** By this machine's clock. */
  readonly at: number
  readonly receipt: Receipt
  /** Why it was refused; undefined: it is good. */
  readonly problem?: string
  /** False: this machine was told no key when it was activated. */
  readonly isChecked: boolean
}

export type Receipts = {
  readonly highest: ReadonlyMap<string, number>
  /** Oldest first. */
  readonly kept: readonly KeptReceipt[]
  readonly refused: readonly KeptReceipt[]
}

/** @returns a warning for the job. @throws receipt.refused */
export type TakeReceipt = (receipt: Receipt) => Promise<string | undefined>

export interface ReceiptKeeper {
  /** Asked before the record of a point is sent. */
  expect(
    of: Pick<ExpectedReceipt, 'vaultId' | 'jobId' | 'source'>,
    sent: Uint8Array,
  ): Promise<TakeReceipt>
}

export class ReceiptBook implements ReceiptKeeper {
  readonly #state: StateFolder
  readonly #identity: () => Pick<AgentIdentity, 'instanceId' | 'receiptKey'>
  readonly #wallMs: () => number
  /** Jobs end at the same time; one writes after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    state: StateFolder,
    identity: () => Pick<AgentIdentity, 'instanceId' | 'receiptKey'>,
    wallMs: () => number,
  ) {
    this.#state = state
    this.#identity = identity
    this.#wallMs = wallMs
  }

  async expect(
    of: Pick<ExpectedReceipt, 'vaultId' | 'jobId' | 'source'>,
    sent: Uint8Array,
  ): Promise<TakeReceipt> {
    const { highest } = await this.#alone(() => readReceipts(this.#state))
    const expected = {
      ...of,
      instanceId: this.#identity().instanceId,
      draft: createHash('sha256').update(sent).digest('hex'),
      highest: highest.get(of.vaultId) ?? 0,
    }
    return (receipt) => this.#alone(() => this.#take(receipt, expected))
  }

  async #take(receipt: Receipt, expected: ExpectedReceipt): Promise<string | undefined> {
    const before = await readReceipts(this.#state)
    const key = this.#identity().receiptKey
    const kept = before.kept.map((one) => one.receipt)
    const problem = findReceiptFault(receipt, expected, { key, kept })
    const head = { at: Math.floor(this.#wallMs()), receipt, isChecked: key !== undefined }
    await writeReceipts(this.#state, addReceipt(before, { ...head, ...(problem && { problem }) }))
    if (problem !== undefined) {
      throw failure('receipt.refused', { source: displayName(expected.source), problem })
    }
    return key === undefined
      ? 'The receipt of the server could not be checked: this machine was told no key when it was activated.'
      : undefined
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work)
    this.#last = mine.catch(() => {})
    return await mine
  }
}

/** A receipt that is refused moves no number. */
export function addReceipt(before: Receipts, fresh: KeptReceipt): Receipts {
  const { receipt, problem } = fresh
  if (problem !== undefined) {
    return { ...before, refused: [...before.refused, fresh].slice(-refusedMax) }
  }
  const { vaultId, sequence, planId, pointId } = receipt
  const highest = new Map(before.highest)
  highest.set(vaultId, Math.max(sequence, highest.get(vaultId) ?? 0))
  // The same commit again gets the same receipt.
  const others = before.kept.filter((one) => one.receipt.pointId !== pointId)
  const ofPlan = others.filter((one) => one.receipt.planId === planId)
  const gone = new Set(ofPlan.slice(0, Math.max(0, ofPlan.length + 1 - receiptsPerPlanMax)))
  const kept = [...others.filter((one) => !gone.has(one)), fresh].slice(-receiptsMax)
  return { ...before, highest, kept }
}

/** @throws agent.state-unusable */
export async function readReceipts(state: StateFolder): Promise<Receipts> {
  const json = await state.findJson(receiptsFile)
  const highest = fieldIn(json, 'highest')
  const vaults = typeof highest === 'object' && highest !== null ? Object.keys(highest) : []
  const read = (name: string) => listIn(json, name).map((one) => readOne(state, one))
  return {
    highest: new Map(vaults.map((vaultId) => [vaultId, numberIn(highest, vaultId) ?? 0])),
    kept: read('kept'),
    refused: read('refused'),
  }
}

function listIn(json: unknown, name: string): readonly unknown[] {
  const list = fieldIn(json, name)
  return Array.isArray(list) ? list : []
}

function readOne(state: StateFolder, json: unknown): KeptReceipt {
  const receipt = tryDecodeWire(schema, fieldIn(json, 'receipt'))
  const at = numberIn(json, 'at')
  if ('error' in receipt || at === undefined) {
    const path = state.pathOf(receiptsFile)
    throw failure('agent.state-unusable', {
      path,
      problem: 'it holds something else than receipts',
    })
  }
  const problem = textIn(json, 'problem')
  const isChecked = fieldIn(json, 'isChecked') === true
  return { at, receipt: receipt.value, isChecked, ...(problem === undefined ? {} : { problem }) }
}

async function writeReceipts(state: StateFolder, receipts: Receipts): Promise<void> {
  const write = ({ receipt, ...rest }: KeptReceipt) => ({
    ...rest,
    receipt: encodeWire(schema, receipt),
  })
  const { highest, kept, refused } = receipts
  const record = {
    highest: Object.fromEntries(highest),
    kept: kept.map(write),
    refused: refused.map(write),
  }
  await state.put(receiptsFile, JSON.stringify(record))
}

/** A new activation trusts the vaults as they are now; what was promised before stays to be read. */
export async function forgetHighest(state: StateFolder): Promise<void> {
  const before = await readReceipts(state)
  if (before.highest.size > 0) await writeReceipts(state, { ...before, highest: new Map() })
}
