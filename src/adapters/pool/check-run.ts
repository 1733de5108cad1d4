// Sealed blocks as a store gave them back: opened, decompressed, every chunk hashed.
import { equalBytes, freeBytes, isFailure } from '#base'
import { chunkIdOf, openBlock } from '#engine'
import type { BlockCheck, BlockFinding, BlockRun } from '#ports'
import type { WorkerTools } from './worker-tools.ts'

/** The bytes of the run are gone afterwards. */
export function checkRun(tools: WorkerTools, run: BlockRun): readonly BlockFinding[] {
  const findings: BlockFinding[] = []
  for (const [block, check] of run.blocks.entries()) {
    const problem = findProblem(tools, run, check)
    if (problem !== undefined) findings.push({ block, problem })
  }
  freeBytes(run.bytes)
  return findings
}

function findProblem(
  { cipher, keys }: WorkerTools,
  { bytes, object }: BlockRun,
  { kind, offset, length, ids, idBytes }: BlockCheck,
): string | undefined {
  let chunks: readonly Uint8Array[]
  try {
    chunks = openBlock(cipher, keys, {
      kind,
      sealed: bytes.subarray(offset, offset + length),
      object,
    })
  } catch (problem) {
    // A turned bit in the version of an envelope reads as another format.
    if (isFailure(problem, 'object.damaged') || isFailure(problem, 'vault.format-unknown'))
      return problem.message
    throw problem
  }
  const count = ids.length / idBytes
  if (chunks.length !== count) return `it holds ${chunks.length} chunks, not ${count}`
  const wrong = chunks.findIndex((chunk, i) => {
    const id = chunkIdOf(cipher, keys, chunk).subarray(0, idBytes)
    return !equalBytes(id, ids.subarray(i * idBytes, (i + 1) * idBytes))
  })
  return wrong < 0 ? undefined : `its chunk ${wrong} has other bytes than its id says`
}
