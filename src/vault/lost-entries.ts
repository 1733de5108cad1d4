/**
 * Whether the ledger has lost its newest entries: a folder that was put back, a disk that lied. Nothing in the ledger
 * itself shows it, but the records of points do (src/engine/format/ledger-evidence.ts). Whoever went on would give numbers
 * again that were given before, and take acknowledged points for garbage; so nobody does, until a repair has put the ledger
 * together anew.
 */
import { type Failure, failure } from '#base'
import { describeLostEntries, idOf, type LedgerState, type Point } from '#engine'
import { readLedger } from './ledger.ts'
import type { Ownership } from './ownership.ts'
import { isDamage, readPoint, type Vault } from './vault.ts'

export type LostEntries = {
  /** The point that shows it. */
  readonly id: string
  /** What the ledger lacks, in words. */
  readonly problem: string
}

/** Records that do not follow from the ledger. `state` may be somewhat older than they are. */
export async function findLostEntries(
  vault: Vault,
  state: LedgerState,
  signal: AbortSignal,
): Promise<LostEntries[]> {
  const strange: { readonly id: string; readonly point: Point }[] = []
  for await (const known of unnamedRecords(vault, state, signal))
    if (describeLostEntries(known.point, state) !== undefined) strange.push(known)
  if (strange.length === 0) return []
  // Another owner may have made them since the ledger was read; then it says so by now.
  const now = await readLedger(vault, signal)
  return strange.flatMap(({ id, point }) => {
    const problem = describeLostEntries(point, now)
    return problem === undefined ? [] : [{ id, problem }]
  })
}

/** @throws vault.reverted */
export async function assertNoLostEntries(
  vault: Vault,
  state: LedgerState,
  signal: AbortSignal,
): Promise<void> {
  const [lost] = await findLostEntries(vault, state, signal)
  if (lost !== undefined) throw reverted(lost)
}

/** The same for an owner, who knows every entry. @throws vault.reverted, vault.fenced */
export async function assertOwnerLacksNothing(
  ownership: Ownership,
  signal: AbortSignal,
): Promise<void> {
  for await (const known of unnamedRecords(ownership.vault, ownership.state, signal))
    await assertFollows(ownership, known, signal)
}

/** That this record follows from what the owner knows. @throws vault.reverted, vault.fenced */
export async function assertFollows(
  ownership: Ownership,
  { id, point }: { readonly id: string; readonly point: Point },
  signal: AbortSignal,
): Promise<void> {
  const problem = describeLostEntries(point, ownership.state)
  if (problem === undefined) return
  // Whoever took the vault over made it.
  await ownership.assertOwned(signal)
  throw reverted({ id, problem })
}

/** Records of points that the ledger does not name: expired, unfinished, or proof. */
async function* unnamedRecords(
  vault: Vault,
  { points }: LedgerState,
  signal: AbortSignal,
): AsyncIterable<{ readonly id: string; readonly point: Point }> {
  const ids: string[] = []
  for await (const { name } of vault.ports.store.list('point', signal)) ids.push(idOf(name))
  for (const id of ids) {
    if (points.has(id)) continue
    const point = await findPoint(vault, id, signal)
    if (point !== undefined) yield { id, point }
  }
}

/** Undefined when it is damaged or gone: then it proves nothing, and nobody removes it. */
export async function findPoint(
  vault: Vault,
  id: string,
  signal: AbortSignal,
): Promise<Point | undefined> {
  try {
    return await readPoint(vault, id, signal)
  } catch (problem) {
    if (isDamage(problem)) return undefined
    throw problem
  }
}

function reverted({ id, problem }: LostEntries): Failure {
  return failure('vault.reverted', { point: id.slice(0, 8), problem })
}
