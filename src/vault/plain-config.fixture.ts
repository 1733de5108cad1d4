/** The configuration of a vault as tests of this room make it: no lock, no grace, no compression. */
import type { VaultConfig } from '#engine'

export const plainConfig: VaultConfig = {
  vaultId: new Uint8Array(16).fill(2),
  mode: 'managed',
  createdAt: 0,
  compressionLevel: 0,
  chunkAverageBytes: 256 * 1024,
  retentionMinMs: 0,
  retentionMaxMs: undefined,
  gcGraceMs: 0,
  features: [],
}
