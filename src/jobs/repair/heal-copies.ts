/**
 * What is small and precious lies in a vault twice. A lost copy is made again from the other one, if that is authentic:
 * by its hash, by its checksum, or because it opens with the vault's key.
 */
import { equalBytes } from '#base'
import {
  decodeSlot,
  decodeSlotProof,
  decodeVaultConfig,
  findSlotId,
  kindOf,
  numberOf,
  type ObjectName,
  objectKinds,
  twofoldKinds,
} from '#engine'
import { isDamage, readEntry, readPoint, type Vault } from '#vault'

/** Objects with one good copy and one that is not. */
export async function copiesToHeal(vault: Vault, signal: AbortSignal): Promise<ObjectName[]> {
  const { store } = vault.ports
  if (store.copies === undefined) return []
  const names: ObjectName[] = []
  for (const kind of objectKinds) {
    if (!twofoldKinds.has(kind)) continue
    for await (const { name } of store.list(kind, signal)) names.push(name)
  }
  const halves: ObjectName[] = []
  for (const name of names) {
    const [first, second] = await store.copies.inspect(name, signal)
    const isHalf = (first === 'good') !== (second === 'good')
    if (isHalf && (await isAuthentic(vault, name, signal))) halves.push(name)
  }
  return halves
}

/** @returns whether both copies are there now */
export async function healCopy(
  vault: Vault,
  name: ObjectName,
  signal: AbortSignal,
): Promise<boolean> {
  const { store } = vault.ports
  if (!(await isAuthentic(vault, name, signal))) return false
  const bytes = await store.find(name, undefined, signal)
  if (bytes === undefined) return false
  await store.put(name, bytes, signal)
  return true
}

async function isAuthentic(vault: Vault, name: ObjectName, signal: AbortSignal): Promise<boolean> {
  try {
    return await proves(vault, name, signal)
  } catch (problem) {
    if (isDamage(problem)) return false
    throw problem
  }
}

async function proves(vault: Vault, name: ObjectName, signal: AbortSignal): Promise<boolean> {
  const kind = kindOf(name)
  if (kind === 'ledger') return (await readEntry(vault, numberOf(name), signal)) !== undefined
  if (kind === 'point')
    return (await readPoint(vault, name.slice('point/'.length), signal)) !== undefined
  const bytes = await vault.ports.store.find(name, undefined, signal)
  if (bytes === undefined) return false
  const { vaultId } = vault.config
  if (kind === 'vault') return equalBytes(decodeVaultConfig(bytes).vaultId, vaultId)
  const slot =
    findSlotId(name) === undefined ? decodeSlotProof(bytes, name) : decodeSlot(bytes, name)
  return equalBytes(slot.vaultId, vaultId)
}
