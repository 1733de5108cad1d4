/**
 * A way into one vault that needs no server: a key slot of the vault for a key file, as the command line makes them. The
 * export is in the audit log before the slot is made, so nobody has one without a trace; only where the catalog is lost
 * there is none to write to. See docs/format/keys.md.
 */
import { failure } from '#base'
import type { AccountId, VaultId } from '#contract'
import type { Credential } from '#engine'
import { addSlot, Ownership, openVault, readVaultConfig, type SlotAccess } from '#vault'
import type { Catalog } from '../catalog/database/open-catalog.ts'
import { addAuditEvent } from '../catalog/journal/audit-log.ts'
import { vaultKeyContext } from './gateway.ts'
import type { GatewayPorts, VaultLabel } from './gateway-ports.ts'

export type KeyExport = {
  /** By name or id. */
  readonly vault: string
  readonly credential: Credential
  /** Who runs the program. */
  readonly who: string
}

export type ExportedKey = {
  readonly vaultId: VaultId
  readonly name: string
  readonly place: Awaited<ReturnType<GatewayPorts['storage']['list']>>[number]['place']
  readonly slotId: string
}

type Parts = {
  readonly ports: GatewayPorts
  readonly stretcher: SlotAccess['stretcher']
  /** Undefined: it is lost. */
  readonly catalog: Catalog | undefined
  readonly wallMs: () => number
}

/** The vaults that the name means. @throws name.unknown, name.ambiguous */
async function findLabel({ ports }: Pick<Parts, 'ports'>, word: string) {
  const all = await ports.storage.list()
  const found = all.filter(({ label }) => label.vaultId === word || label.name === word)
  const [one] = found
  if (one !== undefined && found.length === 1) return one
  if (one === undefined) {
    const known = all.map(({ label }) => label.name).join(', ')
    const near = `; there are: ${known === '' ? 'none' : known}`
    throw failure('name.unknown', { kind: 'vault', name: word, near })
  }
  const ids = found.map(({ label }) => label.vaultId).join('; ')
  throw failure('name.ambiguous', { name: word, count: found.length, found: ids })
}

/** @throws server-keys.other, vault.leased, storage.* */
export async function exportVaultKey(
  parts: Parts,
  asked: KeyExport,
  signal: AbortSignal,
): Promise<ExportedKey> {
  const { ports, stretcher } = parts
  const { clock, cipher, master, storage } = ports
  const { label, place } = await findLabel(parts, asked.vault)
  const key = await master.unwrap(label.wrappedKey, vaultKeyContext(label.vaultId))
  await writeTrace(parts, label, asked)
  const opened = await storage.open(place)
  try {
    const config = await readVaultConfig(opened.store, signal)
    const vault = openVault({ ...opened, clock, cipher }, config, key)
    await using ownership = await Ownership.take(vault, ports.holder, signal)
    const access = { store: opened.store, cipher, stretcher, vaultId: config.vaultId }
    const at = ownership.wallNow()
    const slot = { master: key, credential: asked.credential, label: 'exported by the server', at }
    const { id } = await addSlot(access, slot, signal)
    return { vaultId: label.vaultId, name: label.name, place, slotId: id }
  } finally {
    await opened.close()
  }
}

async function writeTrace(
  { catalog, wallMs }: Parts,
  { vaultId, accountId, name }: VaultLabel,
  { who }: KeyExport,
): Promise<void> {
  if (catalog === undefined) return
  await addAuditEvent(catalog.db, {
    id: catalog.newId('audit'),
    at: wallMs(),
    accountId: accountId as AccountId,
    caller: 'command line',
    callerName: who,
    address: '127.0.0.1',
    action: 'vaults.exportKey',
    target: vaultId,
    result: 'done',
    // Who reads the keys of a server is its owner, whatever the users are.
    detail: { as: 'owner', requestId: 'command-line', name },
  })
}
