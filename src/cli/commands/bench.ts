/** `holdfast bench`: what this machine can do, step by step, so that a slow backup finds its cause. */
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAborted } from '#base'
import type { Cipher } from '#engine'
import { formatBytes } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { renderTable } from '../table.ts'

const sampleBytes = 4 * 1024 * 1024
const fileBytes = 64 * 1024 * 1024
const stepMs = 400
const compressionLevel = 3
const syncs = 32

export const bench: Command = {
  name: 'bench',
  summary: 'measure this machine',
  about: [
    'Measures in a few seconds, on one core, the steps of a backup: hashing, compressing, encrypting; and in a folder: writing, reading back, and how long the disk takes to make a small file durable. It needs no vault.',
  ],
  arguments: [],
  options: [
    { flags: '--dir <folder>', about: 'measures the disk there (default: temporary files)' },
  ],
  examples: [{ line: 'holdfast bench --dir /mnt/backup', about: 'the disk of the vault' }],
  exits: [],
  run,
}

type Measure = { readonly step: string; readonly bytesPerSecond?: number; readonly ms?: number }

async function run(context: Context, given: Given): Promise<number> {
  const { machine, output, signal } = context
  const cipher = await machine.openCipher()
  const measures: Measure[] = []
  for (const [step, work] of processorSteps(cipher)) {
    checkAborted(signal)
    measures.push({ step, bytesPerSecond: measureRate(context, work) })
  }
  measures.push(...(await measureDisk(context, given.text('dir') ?? tmpdir())))
  for (const measure of measures) output.event('measure', { ...measure })
  const rows = measures.map(({ step, bytesPerSecond, ms }) => [
    step,
    bytesPerSecond === undefined
      ? `${(ms ?? 0).toFixed(1)} ms`
      : `${formatBytes(bytesPerSecond)}/s`,
  ])
  for (const line of renderTable([{ title: 'STEP' }, { title: 'SPEED', align: 'right' }], rows))
    output.line(line)
  return 0
}

/** Half of the sample is text of few letters, half is noise: about as compressible as a disk is. */
function sampleOf(cipher: Cipher): Uint8Array {
  const sample = cipher.random(sampleBytes)
  for (let i = 0; i < sample.length / 2; i++) sample[i] = 97 + ((sample[i] ?? 0) & 7)
  return sample
}

function processorSteps(cipher: Cipher): readonly (readonly [string, () => void])[] {
  const sample = sampleOf(cipher)
  const compressed = cipher.compress(sample, compressionLevel)
  return [
    ['hash (SHA-256)', () => cipher.digest(sample)],
    ['compress (zstd)', () => cipher.compress(sample, compressionLevel)],
    ['decompress (zstd)', () => cipher.decompress(compressed, sample.length)],
    // A fresh key each time, as the cipher demands.
    ['encrypt (AES-256-GCM)', () => cipher.encrypt(cipher.random(32), sample, new Uint8Array())],
  ]
}

function measureRate({ machine }: Context, work: () => void): number {
  work()
  const from = machine.clock.now().upMs
  let passed = 0
  let rounds = 0
  for (; passed < stepMs; rounds++) {
    work()
    passed = machine.clock.now().upMs - from
  }
  return (rounds * sampleBytes * 1000) / passed
}

async function measureDisk(context: Context, folder: string): Promise<readonly Measure[]> {
  const { machine, signal } = context
  const path = join(folder, `.holdfast-bench-${machine.processId}`)
  const handle = await open(path, 'wx+', 0o600)
  try {
    const now = () => machine.clock.now().upMs
    const sample = (await machine.openCipher()).random(sampleBytes)
    const writeFrom = now()
    for (let at = 0; at < fileBytes; at += sampleBytes) {
      checkAborted(signal)
      await handle.write(sample, 0, sampleBytes, at)
    }
    await handle.sync()
    const writeMs = Math.max(1, now() - writeFrom)
    const syncFrom = now()
    for (let i = 0; i < syncs; i++) {
      checkAborted(signal)
      await handle.write(sample, 0, 4096, i * 4096)
      await handle.sync()
    }
    const syncMs = (now() - syncFrom) / syncs
    return [
      { step: 'write and sync', bytesPerSecond: (fileBytes * 1000) / writeMs },
      { step: 'make 4 KiB durable', ms: syncMs },
    ]
  } finally {
    await handle.close()
    await rm(path, { force: true })
  }
}
