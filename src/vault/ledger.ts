/**
 * Reads and extends the ledger of a vault (src/engine/format/ledger.ts). Reading begins at the newest entry that repeats
 * the whole state, and goes on by number, asking the store for each next one, so that a listing that is cut short cannot
 * hide an entry. Appending creates the next number or is fenced.
 */
import { assert, failure, isFailure } from '#base'
import {
  applyLedgerEntry,
  decodeLedgerEntry,
  describeConfigChange,
  emptyLedgerState,
  encodeLedgerEntry,
  isPromise,
  type LedgerAction,
  type LedgerEntry,
  type LedgerState,
  ledgerName,
  lockStates,
  numberOf,
  open,
  type PromisesSoFar,
  seal,
  settleLeap,
  trustedTimeAt,
} from '#engine'
import type { Vault } from './vault.ts'

/** After so many entries a claim repeats the whole state. */
const entriesBetweenStates = 32

/** The state of the vault as of its last entry. @throws ledger.incomplete when there is no ledger: it is never empty. */
export async function readLedger(vault: Vault, signal: AbortSignal): Promise<LedgerState> {
  const last = await lastNumber(vault, signal)
  const entries: LedgerEntry[] = []
  for (let number = last; number > 0; number--) {
    const entry = await readEntry(vault, number, signal)
    entries.push(entry)
    if (carriesState(entry)) break
  }
  return entries.reduceRight(applyLedgerEntry, emptyLedgerState)
}

/** All entries still there, oldest first: the history of the vault. */
export async function listLedger(vault: Vault, signal: AbortSignal): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for (const number of await numbersOf(vault, signal))
    entries.push(await readEntry(vault, number, signal))
  return entries
}

/** Begins the ledger of a new vault, and records in it what its configuration is. */
export async function beginLedger(vault: Vault, signal: AbortSignal): Promise<void> {
  const state = { ...emptyLedgerState, config: vault.config }
  await append(vault, emptyLedgerState, { kind: 'rebuild', state }, signal)
}

/**
 * The next entry, if its number is still free.
 * @returns the state with it
 * @throws vault.fenced when another process wrote that number: what this one believed is no longer so
 */
export async function append(
  vault: Vault,
  state: LedgerState,
  action: LedgerAction,
  signal: AbortSignal,
): Promise<LedgerState> {
  const { cipher, clock, store } = vault.ports
  const reading = clock.now()
  const number = state.number + 1
  const trustedAt = trustedTimeAt(state, reading)
  const { bootId } = reading
  // An entry that repeats the state repeats it as it is after the entry's own leap in time.
  const repeated =
    (action.kind === 'claim' || action.kind === 'rebuild') &&
    action.state &&
    settleLeap(action.state, { bootId, trustedAt })
  const entry: LedgerEntry = {
    number,
    epoch: action.kind === 'claim' ? number : state.epoch,
    at: Math.floor(reading.wallMs),
    trustedAt,
    boot: { bootId, upMs: Math.ceil(reading.upMs) },
    action: repeated ? { ...action, state: repeated } : action,
    promises: promisesAfter(state, action),
  }
  assert(entry.trustedAt >= state.trustedAt, 'trusted time never falls')
  const sealed = seal(cipher, vault.keys.meta, {
    kind: 'ledger',
    plaintext: encodeLedgerEntry(entry),
    level: 3,
  })
  try {
    await store.put(ledgerName(number), sealed, signal)
  } catch (problem) {
    if (!isFailure(problem, 'storage.exists')) throw problem
    throw failure('vault.fenced', { found: number, ours: state.number }, problem)
  }
  return applyLedgerEntry(state, entry)
}

function promisesAfter(state: LedgerState, action: LedgerAction): PromisesSoFar {
  const { lock, promises: before = 0 } = action.kind === 'rebuild' ? action.state : state
  const ranks = [lock, action.kind === 'lock' ? action.to : 'off'].map((l) => lockStates.indexOf(l))
  return {
    lock: lockStates[Math.max(...ranks)] ?? 'compliance',
    count: isPromise(action) ? before + 1 : before,
  }
}

/** Whether the next number is still free: nobody decided anything since `state`. */
export async function isCurrent(
  vault: Vault,
  state: LedgerState,
  signal: AbortSignal,
): Promise<boolean> {
  return (await vault.ports.store.stat(ledgerName(state.number + 1), signal)) === undefined
}

/**
 * Takes the vault over from whoever had it, `state` being the last that was read. Every decision follows a claim, so none is made by a configuration that
 * somebody changed in the storage.
 * @throws vault.fenced when another process was faster; then try again
 * @throws vault.config-changed
 */
export async function claim(
  vault: Vault,
  { state, holder }: { readonly state: LedgerState; readonly holder: string },
  signal: AbortSignal,
): Promise<LedgerState> {
  const problem = configChangeOf(vault, state)
  if (problem !== undefined) throw failure('vault.config-changed', { problem })
  // A ledger from before the configuration was recorded takes it up at its next claim. And what was promised is soon said
  // twice, so that no single entry is the only word for it.
  const repeats =
    state.config === undefined ||
    state.promises === undefined ||
    state.promises !== state.promisesRepeated ||
    state.number % entriesBetweenStates === 0 ||
    state.number - state.epoch > entriesBetweenStates
  const known = { ...state, config: state.config ?? vault.config }
  return await append(
    vault,
    state,
    { kind: 'claim', holder, state: repeats ? known : undefined },
    signal,
  )
}

/** In which the configuration that was read differs from the one the ledger knows; undefined when in nothing. */
export function configChangeOf({ config }: Vault, state: LedgerState): string | undefined {
  return state.config && describeConfigChange(state.config, config)
}

/** Whether an entry repeats all that is true, so that no reader needs an older one. */
export function carriesState(entry: LedgerEntry): boolean {
  return (
    entry.action.kind === 'rebuild' ||
    (entry.action.kind === 'claim' && entry.action.state !== undefined)
  )
}

async function lastNumber(vault: Vault, signal: AbortSignal): Promise<number> {
  let last = (await numbersOf(vault, signal)).at(-1) ?? 0
  while ((await vault.ports.store.stat(ledgerName(last + 1), signal)) !== undefined) last++
  if (last === 0) throw failure('ledger.incomplete', { problem: 'it has no entry' })
  return last
}

async function numbersOf(vault: Vault, signal: AbortSignal): Promise<number[]> {
  const numbers: number[] = []
  for await (const { name } of vault.ports.store.list('ledger', signal))
    numbers.push(numberOf(name))
  return numbers
}

/** @throws ledger.incomplete, object.damaged */
export async function readEntry(
  vault: Vault,
  number: number,
  signal: AbortSignal,
): Promise<LedgerEntry> {
  const name = ledgerName(number)
  const sealed = await vault.ports.store.find(name, undefined, signal)
  if (sealed === undefined) throw failure('ledger.incomplete', { problem: `${name} is missing` })
  const plaintext = open(vault.ports.cipher, vault.keys.meta, {
    kind: 'ledger',
    sealed,
    object: name,
  })
  const entry = decodeLedgerEntry(plaintext, name)
  if (entry.number !== number)
    throw failure('object.damaged', { object: name, problem: 'it is another entry' })
  return entry
}
