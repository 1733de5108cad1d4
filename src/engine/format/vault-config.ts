/** What a vault is, in clear: written once at creation, as `vault/config` and as `holdfast.json` for people. */
import { failure, fromHex, toHex } from '#base'
import { encodeJson, JsonFields, type JsonValue } from './json-record.ts'

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
  return encodeJson(vaultConfigToJson(config))
}

/** Also a part of the ledger's state: see `describeConfigChange`. */
export function vaultConfigToJson(config: VaultConfig): { readonly [key: string]: JsonValue } {
  return {
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
  }
}

/** @throws vault.format-unknown, vault.feature-unknown, object.damaged */
export function decodeVaultConfig(bytes: Uint8Array): VaultConfig {
  return vaultConfigFromJson(JsonFields.decode(bytes, 'vault/config'))
}

/** @throws as decodeVaultConfig */
export function vaultConfigFromJson(fields: JsonFields): VaultConfig {
  const { object } = fields
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

/**
 * The configuration lies in clear, so whoever can write to the storage can change it, and with it how long new points are
 * kept. The ledger, which only holders of a key write, says what it was when the vault was made.
 * @returns what differs, in words; undefined when nothing does
 */
export function describeConfigChange(
  recorded: VaultConfig,
  found: VaultConfig,
): string | undefined {
  const right = Object.entries(textsOf(recorded))
  const there = textsOf(found)
  const changes = right.filter(([key, text]) => there[key] !== text)
  if (changes.length === 0) return undefined
  return changes.map(([key, text]) => `${key} is ${there[key]} and was ${text}`).join(', ')
}

/** Every field as the file has it. */
function textsOf(config: VaultConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(vaultConfigToJson(config)).map(([key, value]) => [key, JSON.stringify(value)]),
  )
}
