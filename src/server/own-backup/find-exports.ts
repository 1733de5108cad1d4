/** Vaults as their labels name them, opened without a catalog, and the exports that lie in them and beside the keys. */
import { type Failure, failure, isFailure } from '#base'
import type { LockState } from '#engine'
import { Ownership, openVault, readVaultConfig } from '#vault'
import type { JsonRecord } from '../catalog/database/codec.ts'
import { vaultKeyContext } from '../gateway/gateway.ts'
import type { GatewayPorts, VaultLabel } from '../gateway/gateway-ports.ts'
import { HostedVault } from '../gateway/hosted-vault.ts'
import { decodeExport } from './export-document.ts'
import { linesOf } from './json-lines.ts'
import type { OwnBackupPorts } from './own-backup-ports.ts'
import { ownPointsOf, readOwnPoint } from './own-points.ts'

export type FoundVault = {
  readonly place: JsonRecord
  readonly label: VaultLabel
  /** Undefined: it cannot be opened, for this reason. */
  readonly hosted: HostedVault | undefined
  readonly problem: Failure | undefined
  readonly lock: LockState | undefined
  /** Gives it back; more often than once does nothing. */
  readonly close: () => Promise<void>
}

/** @throws vault.leased when a server still runs; server-keys.* when no vault opens with these keys */
export async function findVaults(
  ports: GatewayPorts,
  signal: AbortSignal,
): Promise<readonly FoundVault[]> {
  const found: FoundVault[] = []
  try {
    for (const { place, label } of await ports.storage.list())
      found.push(await openLabelled(ports, { place, label }, signal))
    const [first] = found
    const isForeign = ({ problem }: FoundVault) => problem?.code.startsWith('server-keys.') === true
    if (first?.problem !== undefined && found.every(isForeign)) throw first.problem
    return found
  } catch (problem) {
    for (const { close } of found) await close()
    throw problem
  }
}

async function openLabelled(
  ports: GatewayPorts,
  { place, label }: Pick<FoundVault, 'place' | 'label'>,
  signal: AbortSignal,
): Promise<FoundVault> {
  try {
    const hosted = await openHosted(ports, { place, label }, signal)
    const { lock } = hosted.ownership.state
    let closing: Promise<void> | undefined
    const close = async () => {
      closing ??= hosted[Symbol.asyncDispose]()
      await closing
    }
    return { place, label, hosted, problem: undefined, lock, close }
  } catch (problem) {
    // A server works with it: two must not.
    if (!isFailure(problem) || problem.code === 'vault.leased' || signal.aborted) throw problem
    const close = async () => {}
    return { place, label, hosted: undefined, problem, lock: undefined, close }
  }
}

async function openHosted(
  { storage, master, clock, cipher, holder }: GatewayPorts,
  { place, label }: Pick<FoundVault, 'place' | 'label'>,
  signal: AbortSignal,
): Promise<HostedVault> {
  const key = await master.unwrap(label.wrappedKey, vaultKeyContext(label.vaultId))
  const opened = await storage.open(place)
  try {
    const config = await readVaultConfig(opened.store, signal)
    const vault = openVault({ ...opened, clock, cipher }, config, key)
    const ownership = await Ownership.take(vault, holder, signal)
    return new HostedVault(label.vaultId, ownership, opened)
  } catch (problem) {
    await opened.close()
    throw problem
  }
}

export type FoundExport = {
  readonly exportedAt: number
  /** In words. */
  readonly place: string
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<string>>
}

/** The newest first. What cannot even be dated is told of, and left out. */
export async function findExports(
  parts: {
    readonly gateway: GatewayPorts
    readonly own: Pick<OwnBackupPorts, 'openKept'>
    readonly tell: (sentence: string) => void
  },
  vaults: readonly FoundVault[],
  signal: AbortSignal,
): Promise<readonly FoundExport[]> {
  const found: FoundExport[] = []
  const kept = await findKept(parts)
  if (kept !== undefined) found.push(kept)
  for (const { hosted, label } of vaults) {
    if (hosted === undefined) continue
    await using reading = await hosted.read(signal)
    for (const own of ownPointsOf(reading.points)) {
      const open = async (opening: AbortSignal) => {
        const again = await hosted.read(opening)
        return linesOf(releasing(await readOwnPoint(again.reader, own, opening), again))
      }
      found.push({ exportedAt: own.exportedAt, place: `in the vault ${label.name}`, open })
    }
  }
  // Of several vaults with the same export each is one more chance to find it whole.
  return found.toSorted((a, b) => b.exportedAt - a.exportedAt)
}

/** Gives the reading back after the last byte, or when nobody wants more. */
async function* releasing(
  content: AsyncIterable<Uint8Array>,
  reading: AsyncDisposable,
): AsyncIterable<Uint8Array> {
  await using _until = reading
  yield* content
}

async function findKept({
  gateway,
  own,
  tell,
}: Parameters<typeof findExports>[0]): Promise<FoundExport | undefined> {
  const place = 'the file beside the keys'
  const open = async () => {
    const content = await own.openKept()
    if (content === undefined) throw failure('export.damaged', { problem: 'it is gone' })
    return linesOf(content)
  }
  if ((await own.openKept()) === undefined) return undefined
  try {
    const { head, close } = await decodeExport(await open(), gateway.master)
    await close()
    return { exportedAt: head.exportedAt, place, open }
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    tell(`The export beside the keys cannot be used: ${problem.message}`)
    return undefined
  }
}
