/** `holdfast restore`: files of a point back on a disk. */
import { access, constants, readdir, realpath, statfs } from 'node:fs/promises'
import { type ByteString, byteString, byteStringFromText, displayName, failure } from '#base'
import type { KnownPoint } from '#engine'
import {
  type ConflictRule,
  conflictRules,
  performRestore,
  type RestoreDestination,
  type RestoreSelection,
} from '#jobs'
import { choosePath } from '../choose-path.ts'
import type { Command, Context, Given } from '../command.ts'
import { errnoText, isErrno } from '../files.ts'
import { warnOfGaps } from '../gap-words.ts'
import { pathNamed } from '../named-path.ts'
import { ProgressBar } from '../progress-bar.ts'
import { tellRestore } from '../restore-words.ts'
import { pointNamed, pointWords, type ReadableVault, readVault } from '../vault-view.ts'

export const restore: Command = {
  name: 'restore',
  summary: 'bring files of a point back',
  about: [
    'Restores a point, or some paths of it, into a folder that exists, or to where the files were. What was in the only source `/a/b` of a point stands directly under the target; where a point has several sources, each has a folder there, as `holdfast points POINT` shows. Each file is checked against its hash and gets its name only when it is whole; nothing is ever written outside the target. Run again, a restore goes on where it ended.',
    'What stands in the way: `skip` leaves it (the default), `overwrite` replaces it and writes only what differs, `newer` replaces what is older than the copy in the point, `rename` puts the restored file beside it.',
    'A file that has the time and the size of the copy in the point counts as in place under every rule: that is how a restore goes on where it ended. Times can be set, and a disk can rot: after an intrusion, or in doubt, give `--verify-existing`, which reads what stands there and replaces what differs, under every rule. Without it the last lines say how many files were taken for the same by time and size alone.',
  ],
  arguments: [
    { name: 'POINT', about: pointWords, count: 'one' },
    { name: 'PATH', about: 'only these, as `ls` shows them', count: 'any' },
  ],
  options: [
    { flags: '--target <dir>', about: 'the folder to restore into' },
    { flags: '--in-place', about: 'to the original paths, instead of --target' },
    {
      flags: '--on-conflict <rule>',
      about: 'what to do where something stands already (default skip)',
      choices: conflictRules,
    },
    { flags: '--exclude <path>', about: 'leaves out this path and what is below', many: true },
    {
      flags: '--verify-existing',
      about: 'reads and compares also what has the same time and size; for after an intrusion',
    },
    {
      flags: '--no-special',
      about: 'without devices, set-user-id bits and privileged attributes',
    },
    { flags: '--dry-run', about: 'only tells what would be done' },
  ],
  examples: [
    { line: 'holdfast restore latest --target /mnt/restore', about: 'everything' },
    { line: 'holdfast restore 4f2a91 /home/me/letters --target .', about: 'one folder' },
    {
      line: 'holdfast restore latest --in-place --on-conflict overwrite --dry-run',
      about: 'what it would take to put everything back',
    },
  ],
  exits: [3, 10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, signal } = context
  const destination = await readDestination(given)
  await using view = await readVault(context, 'restore')
  const known = pointNamed(view, given.argument('POINT'))
  const selection = await readSelection(context, given, { view, known })
  const wanted = selection.kind === 'include' ? selection.paths : []
  await warnOfGaps(context, { view, known }, wanted)
  const dryRun = given.flag('dryRun')
  using progress = new ProgressBar(context)
  const outcome = await performRestore(
    { reader: view.reader, target: await machine.openTarget(), reporter: progress },
    {
      point: known,
      selection,
      destination,
      onConflict: readRule(given),
      verifyExisting: given.flag('verifyExisting'),
      fidelity: given.isRefused('special') ? 'no-special' : 'full',
      dryRun,
    },
    signal,
  )
  progress[Symbol.dispose]()
  return tellRestore(context, { id: known.id, outcome, dryRun, elapsedMs: progress.elapsedMs })
}

async function readDestination(given: Given): Promise<RestoreDestination> {
  const target = given.text('target')
  const inPlace = given.flag('inPlace')
  if ((target === undefined) !== inPlace) {
    const problem = 'Say where: --target DIR, or --in-place for the original paths'
    throw failure('usage.invalid', { problem })
  }
  return target === undefined
    ? { kind: 'original' }
    : { kind: 'directory', path: await usableTarget(target) }
}

/** Where nothing can be written it is said once, and not of every file. */
async function usableTarget(path: string): Promise<ByteString> {
  const real = await realTarget(path)
  const shown = displayName(byteStringFromText(path))
  if (kernelFileSystems.has((await statfs(path)).type))
    throw failure('target.refused', { path: shown, problem: 'the kernel keeps no files there' })
  try {
    await access(path, constants.W_OK)
  } catch (problem) {
    const isUseless = isErrno(problem, 'EROFS') || (await readdir(path)).length === 0
    if (isUseless)
      throw failure('target.refused', { path: shown, problem: errnoText(problem) }, problem)
  }
  return real
}

/** proc, sysfs, cgroup2, debugfs, securityfs, by their magic numbers. */
const kernelFileSystems: ReadonlySet<number> = new Set([
  0x9fa0, 0x6265_6572, 0x6367_7270, 0x6462_6720, 0x7363_6673,
])

async function realTarget(path: string): Promise<ByteString> {
  try {
    return byteString(await realpath(path, { encoding: 'buffer' }))
  } catch (problem) {
    const shown = displayName(byteStringFromText(path))
    if (isErrno(problem, 'ENOENT') || isErrno(problem, 'ENOTDIR'))
      throw failure('target.not-found', { path: shown }, problem)
    throw failure('target.refused', { path: shown, problem: errnoText(problem) }, problem)
  }
}

async function readSelection(
  { signal }: Context,
  given: Given,
  { view, known }: { readonly view: ReadableVault; readonly known: KnownPoint },
): Promise<RestoreSelection> {
  const included: ByteString[] = []
  for (const word of given.arguments('PATH'))
    included.push(await pathNamed(view, known, word, signal))
  const excluded: ByteString[] = []
  for (const word of given.texts('exclude'))
    excluded.push(await choosePath(view.reader, known.point, word, signal))
  if (included.length > 0 && excluded.length > 0)
    throw failure('usage.invalid', { problem: 'Give paths or --exclude, not both' })
  if (included.length > 0) return { kind: 'include', paths: included }
  return excluded.length > 0 ? { kind: 'exclude', paths: excluded } : { kind: 'all' }
}

function readRule(given: Given): ConflictRule {
  const wanted = given.text('onConflict')
  return conflictRules.find((rule) => rule === wanted) ?? 'skip'
}
