/**
 * An agent that backs up a real tree with the real reader, its threads and all. Arguments: its name, its state folder, its
 * tree, and how to activate: address, fingerprint, code. It runs until it is told to end.
 */

import { stat, statfs } from 'node:fs/promises'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import type { WorkerPorts } from '#agent'
import { byteStringFromText, bytesOf } from '#base'
import { chunkerParams } from '#engine'
import { CallTimes } from './call-times.ts'
import { LoadAgent, type LoadMachine } from './load-agent.ts'
import { SmallMachine } from './small-machine.ts'

const [, , name = '', folder = '', tree = '', address = '', fingerprint = '', code = ''] =
  process.argv

const machine: LoadMachine = {
  machine: {
    describe: new SmallMachine(name, 1).machine.describe,
    async mounts() {
      const { blocks, bsize, bavail } = await statfs(tree)
      const usedBytes = (blocks - bavail) * bsize
      const path = byteStringFromText(tree)
      return [{ path, fileSystem: 'ext4', totalBytes: blocks * bsize, usedBytes }]
    },
  },
  workerPorts: (client): WorkerPorts => ({
    client,
    cipher: nodeCipher(),
    clock: systemClock(),
    hostName: name,
    async openSource({ keys, config }) {
      const { compressionLevel, chunkAverageBytes } = config
      const params = chunkerParams(chunkAverageBytes)
      const pool = openPool({ keys, compressionLevel, params, verifies: false, threads: 1 })
      const source = linuxSourceTree(pool)
      return {
        tree: source,
        async [Symbol.asyncDispose]() {
          await source.close()
          await pool.close()
        },
      }
    },
    openTarget: () => Promise.reject(new Error('nobody restores here')),
    async identify(path) {
      const found = await stat(Buffer.from(bytesOf(path)), { bigint: true }).catch(() => undefined)
      return found && { dev: found.dev, ino: found.ino }
    },
    volumeBytes: async () => undefined,
    freeBytes: async () => undefined,
    prepareTarget: () => Promise.reject(new Error('nobody restores here')),
  }),
}

const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
const agent = new LoadAgent(machine, folder, new CallTimes())
await agent.enrol({ address, fingerprint, code })
await agent.run(ending.signal)
