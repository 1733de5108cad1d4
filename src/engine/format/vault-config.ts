/** What a vault is, in clear: written once at creation, as `vault/config` and as `holdfast.json` for people. */
import { failure, fromHex, toHex } from '#base'
import { encodeJson, JsonFields } from './json-record.ts'

export type VaultMode = 'managed'

export type VaultConfig = {
  readonly vaultId: Uint8Array
  readonly mode: VaultMode
  readonly createdAt: number
  readonly compressionLevel: number
  readonly chunkAverageBytes: number
  readonly retentionMinMs: number
  /** Undefined: no upper limit. */
  readonly retentionMaxMs: number | undefined
  readonly gcGraceMs: number
  /** Features that a program must know to touch the vault at all. */
  readonly features: readonly string[]
}

const knownFeatures: ReadonlySet<string> = new Set()
const knownVersion = 1

export function encodeVaultConfig(config: VaultConfig): Uint8Array {
  return encodeJson({
    holdfast: 'vault',
    format: knownVersion,
    vaultId: toHex(config.vaultId),
    mode: config.mode,
    createdAt: config.createdAt,
    compressionLevel: config.compressionLevel,
    chunkAverageBytes: config.chunkAverageBytes,
    retentionMinMs: config.retentionMinMs,
    retentionMaxMs: config.retentionMaxMs ?? null,
    gcGraceMs: config.gcGraceMs,
    features: config.features,
  })
}

/** @throws vault.format-unknown, vault.feature-unknown, object.damaged */
export function decodeVaultConfig(bytes: Uint8Array): VaultConfig {
  const object = 'vault/config'
  const fields = JsonFields.decode(bytes, object)
  const format = fields.integer('format')
  if (format !== knownVersion)
    throw failure('vault.format-unknown', { object, found: format, known: knownVersion })
  const features = fields.texts('features')
  const unknown = features.find((feature) => !knownFeatures.has(feature))
  if (unknown !== undefined) throw failure('vault.feature-unknown', { feature: unknown })
  const vaultId = fields.text('vaultId')
  if (!/^[0-9a-f]{32}$/.test(vaultId))
    throw failure('object.damaged', { object, problem: 'vaultId is malformed' })
  return {
    vaultId: fromHex(vaultId),
    mode: fields.oneOf('mode', ['managed']),
    createdAt: fields.integer('createdAt'),
    compressionLevel: fields.integer('compressionLevel'),
    chunkAverageBytes: fields.integer('chunkAverageBytes'),
    retentionMinMs: fields.integer('retentionMinMs'),
    retentionMaxMs: fields.has('retentionMaxMs') ? fields.integer('retentionMaxMs') : undefined,
    gcGraceMs: fields.integer('gcGraceMs'),
    features,
  }
}
