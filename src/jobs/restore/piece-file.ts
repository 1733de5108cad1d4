/**
 * A file of several pieces. Hands write its stretches in any order; when all are written and its CRC-32 is right it gets
 * its name, else it is taken away. It may reach over many windows, of which each knows its part.
 */
import type { ErrorCode } from '#base'
import type { OpenedFile, RefTable } from '#ports'
import { crc32Combine, crc32Zeros } from './crc32-combine.ts'
import type { RestoreDirectory } from './directory-stack.ts'
import type { LinkGroup } from './link-groups.ts'
import type { Window } from './window.ts'

export type FileProblem = { readonly code: ErrorCode; readonly detail: string }

export type PieceFile = {
  readonly directory: RestoreDirectory
  /** Where it began: its record there has its name and metadata. */
  readonly window: Window
  readonly record: number
  readonly size: number
  /** Of all content, as the point has it. */
  readonly crc32: number | undefined
  /** Changed while it was backed up: its content may have another size than its entry says (B6). */
  readonly isInconsistent: boolean
  /** Set when other names will be linked to it. */
  group: LinkGroup | undefined
  /** Content up to the end of the last part that was planned. */
  plannedBytes: number
  /** Known when its first window is performed; undefined in it: it is not restored. */
  readonly opened: PromiseWithResolvers<OpenedFile | undefined>
  /** Something stands there that equal stretches can be taken from. */
  isPatched: boolean
  problem: FileProblem | undefined
  /** Of the parts that were summed. */
  crc32SoFar: number
}

/** What one window knows of a file. */
export type FilePart = {
  readonly file: PieceFile
  /** In this window; problems name it. */
  readonly record: number
  /** Rows in order, and negative numbers for runs of zeros. */
  readonly steps: number[]
  readonly refs: RefTable
  isLast: boolean
}

/** Takes a part into the sum, once all of it has been written. */
export function sumPart({ file, steps, refs }: FilePart): void {
  for (const step of steps) {
    if (step < 0) file.crc32SoFar = crc32Zeros(file.crc32SoFar, -step)
    else if (refs.state(step) === 'written') {
      file.crc32SoFar = crc32Combine(file.crc32SoFar, refs.crc32(step), refs.length(step))
    } else file.problem ??= { code: 'object.damaged', detail: 'a part of it could not be read' }
  }
}

/** Why a file whose parts are all summed must not get its name; undefined when all is well. */
export function findWholeProblem(file: PieceFile): FileProblem | undefined {
  if (file.problem !== undefined) return file.problem
  if (file.crc32 !== undefined && file.crc32 !== file.crc32SoFar)
    return { code: 'object.damaged', detail: 'the checksum over the whole file is wrong' }
  if (file.plannedBytes !== file.size && !file.isInconsistent)
    return { code: 'tree.malformed', detail: 'its pieces are not as long as the file' }
  return undefined
}
