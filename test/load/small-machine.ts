// A machine of a few small files in memory, for an agent whose channel, sessions and sealing are the real ones.

import { createHash } from 'node:crypto'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import type { Machine, WorkerPorts } from '#agent'
import { byteStringFromText } from '#base'
import type { ApiClient } from '#contract'
import { SeededRandom } from '#ports'
import { MemorySource } from '../simulation/memory-source.ts'
import { TreeModel } from '../simulation/tree-model.ts'

const piecesPerMachine = 6
const pieceBytes = 8 * 1024

export class SmallMachine {
  readonly name: string
  readonly #tree: TreeModel

  constructor(name: string, seed: number) {
    this.name = name
    const random = new SeededRandom(seed)
    const pool = Array.from({ length: piecesPerMachine }, () => random.bytes(pieceBytes))
    this.#tree = new TreeModel(name, pool, random)
  }

  get machine(): Machine {
    const { name } = this
    return {
      describe: async () => ({
        machine: createHash('sha256').update(name).digest('hex'),
        hostName: name,
        addresses: ['192.0.2.1'],
        system: 'linux',
        systemName: 'Debian 13',
        architecture: 'x86-64',
        databases: [],
      }),
      mounts: async () => [
        {
          path: this.#tree.path,
          fileSystem: 'ext4',
          device: 'vda1',
          totalBytes: 40 * 2 ** 30,
          usedBytes: 10 * 2 ** 30,
        },
      ],
    }
  }

  workerPorts(client: () => ApiClient): WorkerPorts {
    const cipher = nodeCipher()
    return {
      client,
      cipher,
      clock: systemClock(),
      hostName: this.name,
      openSource: async ({ keys }) => {
        this.#tree.change()
        const tree = new MemorySource({
          path: this.#tree.path,
          state: this.#tree.state(),
          drawDisturbance: () => undefined,
          disturb: () => undefined,
          cipher,
          keys,
          turn: () => new Promise((resolve) => setImmediate(resolve)),
        })
        return { tree, [Symbol.asyncDispose]: () => tree.close() }
      },
      openTarget: () => Promise.reject(new Error('nobody restores here')),
      identify: async () => undefined,
      volumeBytes: async () => 40 * 2 ** 30,
      freeBytes: async () => undefined,
      prepareTarget: () => Promise.reject(new Error('nobody restores here')),
    }
  }
}

export function pathOfMachine(name: string) {
  return byteStringFromText(`/${name}`)
}
