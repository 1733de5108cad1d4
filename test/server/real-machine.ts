// What a server has of this machine: folders for vaults, real ciphers, real threads, real archives.
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openArchive } from '#adapters/archive'
import { nodeCipher } from '#adapters/cipher'
import { openPool } from '#adapters/pool'
import { masterKeyOf } from '#adapters/server-keys'
import { linuxSourceTree, pooledBlockOpener, pooledBlockRecoder } from '#adapters/source'
import { folderStorage } from '#adapters/vault-storage'
import { BrokenInvariant } from '#base'
import { chunkerParams, type VaultConfig, type VaultKeys } from '#engine'
import type { BlockExchange, Clock } from '#ports'
import type { PointsMachine } from '../../src/server/services/points/points-world.contract.ts'

type PoolKeys = { readonly keys: VaultKeys; readonly config: VaultConfig }

export async function openRealMachine(): Promise<PointsMachine> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-points-'))
  const [folder, storage] = [join(root, 'source'), join(root, 'vaults')]
  mkdirSync(folder)
  mkdirSync(storage)
  const cipher = nodeCipher()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const poolOf = ({ keys, config }: PoolKeys) => {
    const params = chunkerParams(config.chunkAverageBytes)
    return openPool({ keys, params, compressionLevel: config.compressionLevel, threads: 1 })
  }
  return {
    folder,
    gatewayPorts: (clock: Clock) => ({
      storage: folderStorage({ storages: new Map([['default', storage]]) }),
      master: masterKeyOf([new Uint8Array(32).fill(7)]),
      cipher,
      clock,
      exchange: noAgents,
      openBlocks: async (vault) => {
        const pool = poolOf(vault)
        const [opener, recoder] = [pooledBlockOpener(pool), pooledBlockRecoder(pool)]
        return { opener, recoder, [Symbol.asyncDispose]: () => pool.close() }
      },
      signReceipt: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
      receiptKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      holder: 'a test',
    }),
    openSource: (vault) => {
      const pool = poolOf(vault)
      return { tree: linuxSourceTree(pool), [Symbol.asyncDispose]: () => pool.close() }
    },
    openArchive,
    [Symbol.asyncDispose]: async () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Points of these tests are made beside the vault. */
const noAgents: BlockExchange = {
  admit: () => Promise.reject(new BrokenInvariant('no agent sends blocks here')),
  release: () => Promise.reject(new BrokenInvariant('no agent asks for blocks here')),
}
