/** Turns what was lost into problems: one for each object, with what is wrong and whom it hits. */
import { byteString } from '#base'
import type { InspectedIndex } from '#vault'
import { ChunkReader, type PackFacts, type Vault } from '#vault'
import type { CheckedRecords } from './check-records.ts'
import type { Findings } from './findings.ts'
import type { Losses } from './losses.ts'
import { traceLosses, unknownOwner } from './trace-losses.ts'

type Told = {
  readonly ports: { readonly vault: Vault }
  readonly findings: Findings
  readonly records: CheckedRecords
  readonly inspected: InspectedIndex
  readonly losses: Losses
}

/** Blocks that are named one by one; the others are counted. */
const blocksNamedMax = 5

export async function tellLosses(told: Told, signal: AbortSignal): Promise<void> {
  const { findings, inspected, losses, records } = told
  tellSegments(findings, inspected)
  tellUnindexed(findings, inspected, losses)
  const lost = lostChunks(losses)
  const reader = new ChunkReader(told.ports.vault, losses.index)
  const affected =
    lost.size === 0 ? new Map() : await traceLosses(reader, lost, records.points, signal)
  for (const { name, what, detail } of packProblems(told)) {
    findings.add({ object: name, what, detail, affected: affected.get(name) ?? [] })
  }
  if (losses.unknown.size > 0) {
    findings.add({
      object: unknownOwner,
      what: 'missing',
      detail: `${losses.unknown.size} piece(s) of content are in no pack of the vault`,
      affected: affected.get(unknownOwner) ?? [],
    })
  }
}

function tellSegments(findings: Findings, { damagedSegments }: InspectedIndex): void {
  for (const { name, problem } of damagedSegments)
    findings.add({ object: name, what: 'damaged', detail: problem.message })
}

/**
 * A pack that a job left behind when it died, or is about to name, is no problem; one that alone has what a point needs is.
 */
function tellUnindexed(findings: Findings, { unindexed }: InspectedIndex, losses: Losses): void {
  const names = new Set(unindexed.map(({ name }) => name))
  for (const { name, pack, problem } of unindexed) {
    const facts = losses.index.pack(name)
    if (facts !== undefined && isOnlyPlace(losses, facts, names))
      findings.add({ object: name, what: 'unindexed', detail: 'no segment of the index names it' })
    else if (pack === undefined)
      findings.notice(
        `${name} is in no segment of the index and cannot be read: ${problem?.message}`,
      )
    else findings.notice(`${name} is in no segment of the index; the next backup takes it in`)
  }
}

type PackProblem = {
  readonly name: string
  readonly what: 'missing' | 'damaged' | 'quarantined'
  readonly detail: string
}

function packProblems({ findings, records, losses }: Told): PackProblem[] {
  const { index } = losses
  const blocks = losses.blocksByPack()
  const problems: PackProblem[] = []
  for (const pack of index.packs) {
    const { name } = pack
    const state = index.stateOf(pack)
    const lost = blocks.get(pack) ?? []
    if (state === 'missing') {
      if (lost.length > 0)
        problems.push({ name, what: 'missing', detail: `points need ${lost.length} of its blocks` })
      else findings.notice(`${name} is missing; no point needs it`)
    } else if (records.state.quarantined.has(name)) {
      if (isNeeded(losses, pack))
        problems.push({ name, what: 'quarantined', detail: quarantineDetail(losses, pack, lost) })
      else findings.notice(`${name} is in quarantine; no point needs it`)
    } else if (lost.length > 0 || losses.packs.has(name)) {
      problems.push({ name, what: 'damaged', detail: damageDetail(losses, pack, lost) })
    }
  }
  return problems
}

function quarantineDetail(losses: Losses, pack: PackFacts, lost: readonly number[]): string {
  const readable = 'no other pack has all that points need of it'
  return lost.length === 0 ? readable : `${readable}; ${damageDetail(losses, pack, lost)}`
}

function damageDetail(losses: Losses, pack: PackFacts, lost: readonly number[]): string {
  const whole = losses.packs.get(pack.name)
  const named = lost
    .slice(0, blocksNamedMax)
    .map((block) => `block ${block - pack.firstBlock} (${losses.blocks.get(block)})`)
  const blocks = `${lost.length} of ${pack.blockCount} blocks are damaged: ${named.join(', ')}`
  if (lost.length === 0) return whole ?? ''
  return whole === undefined ? blocks : `${whole}; ${blocks}`
}

/** Whether something that points need lies in it and in no good block of a pack that the index names. */
function isOnlyPlace(
  { index, needed, blocks }: Losses,
  pack: PackFacts,
  unindexed: ReadonlySet<string>,
): boolean {
  const isGood = (entry: number): boolean => {
    const block = index.blockOf(entry)
    const other = index.block(block).pack
    const state = index.stateOf(other)
    if (unindexed.has(other.name) || blocks.has(block)) return false
    return state === 'live' || state === 'condemned'
  }
  for (let block = pack.firstBlock; block < pack.firstBlock + pack.blockCount; block++) {
    const { first, count } = index.entriesOf(block)
    for (let entry = first; entry < first + count; entry++) {
      if (!needed.has(entry)) continue
      if (!index.copiesOf(index.prefixOf(entry)).some(isGood)) return true
    }
  }
  return false
}

function isNeeded(losses: Losses, pack: PackFacts): boolean {
  for (let block = pack.firstBlock; block < pack.firstBlock + pack.blockCount; block++)
    if (losses.needed.countIn(block) > 0) return true
  return false
}

/** Chunks that points need and no readable copy is left of, with the object that lost them. */
function lostChunks(losses: Losses): Map<string, string> {
  const lost = new Map<string, string>()
  for (const prefix of losses.unknown) lost.set(prefix, unknownOwner)
  for (const block of losses.blocks.keys()) {
    const { first, count } = losses.index.entriesOf(block)
    const { name } = losses.index.block(block).pack
    for (let entry = first; entry < first + count; entry++) {
      const prefix = byteString(losses.index.prefixOf(entry))
      if (!lost.has(prefix) && losses.isLost(entry)) lost.set(prefix, name)
    }
  }
  return lost
}
