/**
 * Scrub: is every stored byte what it was when it was stored? For this no key is needed, so whoever keeps the storage can
 * run it: the name of a pack, an index segment or a point is the SHA-256 of its bytes, and of what is small and precious
 * both copies are looked at.
 */
import { checkAborted } from '#base'
import {
  hashedKinds,
  hashedName,
  kindOf,
  type ObjectKind,
  type ObjectName,
  objectKinds,
  twofoldKinds,
} from '#engine'
import type { BlockOpener, ObjectEntry, ObjectReader, Reporter } from '#ports'
import { Findings, type PackCoverage, type VerifyReport } from './findings.ts'
import { type ReadShare, takeShare } from './pack-share.ts'
import { SecondAttempt } from './second-attempt.ts'

export type ScrubPorts = {
  readonly store: ObjectReader
  readonly digest: BlockOpener['digest']
  readonly reporter: Reporter
}

/** Objects that are read or hashed at a time; packs are large. */
const objectsAtOnceMax = 2

/** @param share of the packs; everything else is small and looked at every time */
export async function performScrub(
  ports: ScrubPorts,
  share: ReadShare,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const findings = new Findings()
  const scrub = new Scrub(ports, findings, signal)
  for (const kind of objectKinds) if (twofoldKinds.has(kind)) await scrub.checkCopies(kind)
  for (const kind of hashedKinds)
    if (kind !== 'pack') await scrub.checkHashes(await scrub.list(kind))
  const packs = await scrub.list('pack')
  const { taken, cursor } = takeShare(packs, share)
  await scrub.checkHashes(taken)
  const coverage: PackCoverage = {
    total: packs.length,
    totalBytes: sumOf(packs),
    read: taken.length,
    readBytes: sumOf(taken),
    cursor,
  }
  const { problems, omitted, transient, notices } = findings
  return { problems, omitted, transient, notices, points: 0, entries: 0, packs: coverage }
}

class Scrub {
  readonly #ports: ScrubPorts
  readonly #findings: Findings
  readonly #second: SecondAttempt
  readonly #signal: AbortSignal
  #bytes = 0

  constructor(ports: ScrubPorts, findings: Findings, signal: AbortSignal) {
    this.#ports = ports
    this.#findings = findings
    this.#second = new SecondAttempt(ports.store, findings)
    this.#signal = signal
  }

  async list(kind: ObjectKind): Promise<ObjectEntry[]> {
    const entries: ObjectEntry[] = []
    for await (const entry of this.#ports.store.list(kind, this.#signal)) entries.push(entry)
    return entries
  }

  async checkHashes(entries: readonly ObjectEntry[]): Promise<void> {
    const waiting = [...entries]
    const lanes = Array.from({ length: objectsAtOnceMax }, async () => {
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift())
        await this.#checkHash(entry)
    })
    for (const outcome of await Promise.allSettled(lanes))
      if (outcome.status === 'rejected') throw outcome.reason
  }

  async #checkHash({ name, bytes }: ObjectEntry): Promise<void> {
    checkAborted(this.#signal)
    const first = await this.#digestOf(name)
    // What does not fit is read once more: the last attempt decides.
    const second = first.ok && first.value === name ? first : await this.#digestOf(name)
    if (!second.ok) {
      this.#findings.add({ object: name, what: 'damaged', detail: second.problem.message })
    } else if (second.value === undefined) {
      this.#findings.notice(`${name} went away while it was looked at`)
    } else if (second.value !== name) {
      const detail = 'its bytes are not those that its name says'
      this.#findings.add({ object: name, what: 'damaged', detail })
    } else if (first.ok && first.value !== name) {
      this.#findings.healed(name, 'its bytes were not those that its name says')
    }
    this.#bytes += bytes
    this.#report()
  }

  /** The name that the bytes deserve. */
  async #digestOf(name: ObjectName) {
    const { store, digest } = this.#ports
    const kind = kindOf(name)
    const read = async () => {
      const bytes = await store.find(name, undefined, this.#signal)
      return bytes && hashedName(kind, await digest(bytes, this.#signal))
    }
    return await this.#second.run(name, read, this.#signal)
  }

  async checkCopies(kind: ObjectKind): Promise<void> {
    const { copies } = this.#ports.store
    if (copies === undefined) return
    for (const { name } of await this.list(kind)) {
      const inspect = () => copies.inspect(name, this.#signal)
      const read = await this.#second.run(name, inspect, this.#signal)
      if (!read.ok) {
        this.#findings.add({ object: name, what: 'damaged', detail: read.problem.message })
        continue
      }
      const [first, second] = read.value
      if (first === 'good' && second === 'good') continue
      const what = first === 'good' || second === 'good' ? 'one-copy' : 'damaged'
      const detail = `of its two copies the first is ${first}, the second ${second}`
      this.#findings.add({ object: name, what, detail })
    }
  }

  #report(): void {
    this.#ports.reporter.progress({
      phase: 'scrub',
      filesDone: 0,
      filesTotal: undefined,
      bytesDone: this.#bytes,
      bytesTotal: undefined,
      storedBytes: this.#bytes,
      path: undefined,
    })
  }
}

function sumOf(entries: readonly ObjectEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0)
}
