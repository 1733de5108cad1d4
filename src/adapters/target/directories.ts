// Directories of a target: made before anything goes into them, open to nobody else; finished when
// everything below them is in place.
import { readdirSync } from 'node:fs'
import { type ByteString, byteString, joinPath } from '#base'
import { KIND_CODE, LISTING_AT } from '#engine'
import type { DirectoryFact, TargetProblem, TargetTasks } from '#ports'
import { isSystemError } from '../linux/system-error.ts'
import type { TreeWriter } from '../linux/tree-writer.ts'
import type { HandTools } from './hands.ts'
import { OutcomeDraft, problemOf, standsThere } from './task-outcome.ts'

type Make = TargetTasks['makeDirectories']
type Finish = TargetTasks['finishDirectories']

export function makeDirectories(
  tools: HandTools,
  { root, paths, replacing }: Make['ask'],
): Make['answer'] {
  if (tools.isMissing(root)) {
    return { facts: paths.map((path) => (path === '' ? 'found' : 'made')), problems: [] }
  }
  const writer = tools.writer(root)
  const problems: TargetProblem[] = []
  const facts = paths.map((path, number): DirectoryFact => {
    try {
      const fact = tools.setup.dryRun
        ? lookForDirectory(writer, path, replacing)
        : makeDirectory(writer, path, replacing)
      if (fact === 'found' && !tools.setup.dryRun) removeLeftovers(writer, path, tools.setup.tag)
      return fact
    } catch (problem) {
      problems.push(problemOf(problem, number, path))
      return 'blocked'
    }
  })
  return { facts, problems }
}

export function finishDirectories(
  tools: HandTools,
  { root, directories }: Finish['ask'],
): Finish['answer'] {
  const writer = tools.writer(root)
  const outcome = new OutcomeDraft()
  for (const [number, { path, ...metadata }] of directories.entries()) {
    outcome.attempt(number, path, () => {
      outcome.lacks(number, writer.finishDirectory(path, metadata))
    })
  }
  return outcome.finish()
}

export function listRoot(
  tools: HandTools,
  { root }: TargetTasks['listRoot']['ask'],
): readonly ByteString[] {
  return listNames(tools.writer(root), '' as ByteString)
}

function makeDirectory(writer: TreeWriter, path: ByteString, replacing: boolean): DirectoryFact {
  if (path === '') return 'found'
  try {
    return writer.makeDirectory(path)
  } catch (problem) {
    // Something stands there that is no directory, or a link to one.
    if (!isSystemError(problem, 'ENOTDIR') && !isSystemError(problem, 'ELOOP')) throw problem
    if (!replacing || kindAt(writer, path) === KIND_CODE.directory) throw problem
    writer.remove(path)
    return writer.makeDirectory(path)
  }
}

function lookForDirectory(writer: TreeWriter, path: ByteString, replacing: boolean): DirectoryFact {
  if (path === '') return 'found'
  const kind = kindAt(writer, path)
  if (kind === undefined || (kind !== KIND_CODE.directory && replacing)) return 'made'
  if (kind !== KIND_CODE.directory) throw standsThere('it is no directory')
  return 'found'
}

function kindAt(writer: TreeWriter, path: ByteString): number | undefined {
  return writer.find(path)?.[LISTING_AT.kind]
}

/** Temporary files of an earlier run of this restore that was killed. */
function removeLeftovers(writer: TreeWriter, path: ByteString, tag: string): void {
  for (const name of listNames(writer, path)) {
    if (name.startsWith(`.holdfast-${tag}`)) writer.remove(joinPath(path, name))
  }
}

function listNames(writer: TreeWriter, path: ByteString): ByteString[] {
  const folder = `/proc/self/fd/${writer.directory(path)}`
  return readdirSync(folder, { encoding: 'buffer' }).map((name) => byteString(name))
}
