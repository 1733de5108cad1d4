// Entries that need nothing from a block: empty and tiny files, links, FIFOs and devices.
import { assert, type ByteString, byteString, failure } from '#base'
import type { Extras } from '#engine'
import { RecordReader, type TargetOutcome, type WindowEntries } from '#ports'
import type { Prepared, TreeWriter } from '../linux/tree-writer.ts'
import type { DeviceNumber } from '../linux/write-calls.ts'
import { extrasOf, metadataOf } from './entry-facts.ts'
import type { HandTools } from './hands.ts'
import { OutcomeDraft } from './task-outcome.ts'

const noBytes = new Uint8Array(0)

/** One entry on its way to its place. */
export type EntryPlace = {
  readonly reader: RecordReader
  readonly record: number
  readonly path: ByteString
}

export function placeEntries(
  tools: HandTools,
  { root, records, at }: WindowEntries,
): TargetOutcome {
  const writer = tools.writer(root)
  const reader = new RecordReader(records)
  const outcome = new OutcomeDraft()
  for (const record of at) {
    const path = reader.path(record)
    outcome.attempt(record, path, () => placeEntry(writer, { reader, record, path }, outcome))
  }
  return outcome.finish()
}

/** Files that stand there already get their metadata again; other kinds are left as they are. */
export function refreshEntries(
  tools: HandTools,
  { root, records, at }: WindowEntries,
): TargetOutcome {
  const writer = tools.writer(root)
  const reader = new RecordReader(records)
  const outcome = new OutcomeDraft()
  for (const record of at) {
    if (reader.kind(record) !== 'file') continue
    const path = reader.path(record)
    outcome.attempt(record, path, () => {
      const metadata = metadataOf(reader, record, extrasOf(reader, record))
      const entry = writer.openExisting(path)
      if (entry !== undefined) outcome.lacks(record, writer.completeExisting(entry, metadata))
    })
  }
  return outcome.finish()
}

/** A whole file: made, filled, named. Whatever goes wrong, no half of it stays. */
export function placeFile(
  writer: TreeWriter,
  { reader, record, path }: EntryPlace,
  content: Uint8Array,
  outcome: OutcomeDraft,
): void {
  const metadata = metadataOf(reader, record, extrasOf(reader, record))
  const file = writer.createFile(path, metadata)
  let prepared: Prepared
  try {
    writer.write(file, content, 0)
    if (reader.isIdentified(record)) outcome.identities.push({ record, ...writer.identify(file) })
    prepared = writer.completeFile(file, metadata)
  } catch (problem) {
    writer.discardFile(file)
    throw problem
  }
  placePrepared(writer, prepared, { record, isReplacing: reader.isReplacing(record) }, outcome)
}

export function placePrepared(
  writer: TreeWriter,
  prepared: Prepared,
  { record, isReplacing }: { readonly record: number; readonly isReplacing: boolean },
  outcome: OutcomeDraft,
): void {
  try {
    const sealing = writer.place(prepared, isReplacing ? 'replace' : 'new')
    outcome.lacks(record, prepared.shortfalls)
    outcome.lacks(record, sealing)
  } catch (problem) {
    writer.discard(prepared)
    throw problem
  }
}

function placeEntry(writer: TreeWriter, place: EntryPlace, outcome: OutcomeDraft): void {
  const { reader, record, path } = place
  const kind = reader.kind(record)
  assert(kind !== 'directory', 'directories are made by themselves')
  const extras = extrasOf(reader, record)
  if (kind === 'file') {
    const content = extras.inline ?? noBytes
    if (content.length !== reader.size(record)) {
      throw failure('tree.malformed', { problem: 'a file has not the size that it should have' })
    }
    placeFile(writer, place, content, outcome)
    return
  }
  const metadata = metadataOf(reader, record, extras)
  const placing = { record, isReplacing: reader.isReplacing(record) }
  if (kind === 'symlink') {
    const target = byteString(extras.linkTarget ?? noBytes)
    placePrepared(writer, writer.prepareSymlink(path, target, metadata), placing, outcome)
    return
  }
  const prepared = writer.prepareNode(path, metadata, deviceOf(extras))
  if ('what' in prepared) outcome.lacks(record, [prepared])
  else placePrepared(writer, prepared, placing, outcome)
}

/** Linux has 12 bits for the driver and 20 for the device. */
function deviceOf({ rdev }: Extras): DeviceNumber {
  const { major, minor } = rdev ?? { major: 0, minor: 0 }
  if (major < 2 ** 12 && minor < 2 ** 20) return { major, minor }
  throw failure('tree.malformed', { problem: `there is no device ${major}:${minor}` })
}
