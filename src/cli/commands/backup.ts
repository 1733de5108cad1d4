/** `holdfast backup`: one new point. */
import { type ByteString, failure } from '#base'
import {
  compileFilter,
  type FilterRule,
  type KnownPoint,
  type LockState,
  type PathFilter,
  parseFilterRule,
  parseIgnoreFile,
  type VaultConfig,
} from '#engine'
import { type BackupOutcome, type DirectoryMarks, parentOf, performBackup } from '#jobs'
import { ChunkReader, Ownership, openSession, readPoints, type Vault } from '#vault'
import {
  countOf,
  formatBytes,
  formatDuration,
  formatElapsed,
  parseBytes,
  parseDuration,
} from '../amounts.ts'
import { ownFolders, resolveSources } from '../backup-sources.ts'
import type { Command, Context, Given } from '../command.ts'
import { getFile } from '../files.ts'
import { keepReserve } from '../free-space.ts'
import { holderOf, openChosenVault } from '../open-vault.ts'
import { pointFields, shortId } from '../point-words.ts'
import { printable } from '../printable.ts'
import { ProgressBar } from '../progress-bar.ts'
import { rehearsalOf } from '../rehearsal-store.ts'
import { wallClockOf, warnOfLost } from '../vault-view.ts'

export const backup: Command = {
  name: 'backup',
  summary: 'make a backup point of files and folders',
  about: [
    'Makes a backup point of the given files and folders. Only what changed since the last point of the same sources is read, and only what the vault lacks is stored; the point is complete by itself all the same. Files that could not be read as they should, and sources that are not there, are listed, and the exit code is then 3.',
    'Patterns: without a separator `*` crosses directories (`*.tmp`); with separators each `*` is one level (`/a/*/cache`); a trailing separator means directories only. The last pattern that matches decides. The folder of the vault is never part of a backup.',
  ],
  arguments: [{ name: 'PATH', about: 'a file or folder', count: 'some' }],
  options: [
    { flags: '-e, --exclude <pattern>', about: 'leaves out what matches', many: true },
    {
      flags: '-i, --include <pattern>',
      about: 'takes back what an --exclude left out',
      many: true,
    },
    { flags: '--exclude-file <file>', about: 'patterns from a file, one per line', many: true },
    { flags: '--exclude-larger-than <size>', about: 'leaves out files above this size' },
    {
      flags: '--use-ignore-files',
      about: 'obeys .holdfastignore files in the folders (whoever can write there can hide data)',
    },
    { flags: '--exclude-caches', about: 'leaves out what stands beside a valid CACHEDIR.TAG' },
    { flags: '--tag <name>', about: 'a word to find the point by', many: true },
    {
      flags: '--retain <time>',
      about: 'how long the point is kept: 30d, 12h, 4w, 1y, forever (default forever)',
    },
    { flags: '--one-file-system', about: 'does not enter other mounted file systems' },
    { flags: '--host <name>', about: 'recorded instead of the name of this machine' },
    {
      flags: '--force',
      about:
        'reads every file anew, changed or not, and opens what the vault has of it already instead of believing that it is good',
    },
    { flags: '--dry-run', about: 'does all of it but keeps nothing; tells what would be added' },
  ],
  examples: [
    { line: 'holdfast backup /home /etc --exclude "*.tmp"', about: 'two folders in one point' },
    { line: 'holdfast backup /srv --tag daily --retain 30d', about: 'kept for 30 days' },
  ],
  exits: [3, 10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, signal } = context
  const startedAt = Math.floor(machine.clock.now().wallMs)
  const { sources, missing } = await resolveSources(given.arguments('PATH'))
  const filter = await readFilter(given)
  await using opened = await openChosenVault(context)
  const dryRun = given.flag('dryRun')
  const vault = dryRun ? rehearsalOf(opened.vault) : opened.vault
  await using ownership = await Ownership.take(vault, holderOf(context, 'a backup'), signal)
  const retainForMs = chooseRetention(given, vault.config, ownership.state.lock)
  // The worker threads start while the index is read.
  await using source = await machine.openSource(vault)
  await using session = await openSession(ownership, signal)
  const { points, lost } = await readPoints(vault, session.asOf, signal)
  warnOfLost(context, lost)
  const host = given.text('host') ?? machine.hostName
  const force = given.flag('force')
  const parent = force ? undefined : parentOf(points, sources, host)
  await using checker = force ? await machine.openBlocks(vault) : undefined
  using progress = new ProgressBar(context, expectationOf(parent), listPlace)
  const outcome = await performBackup(
    {
      source: source.tree,
      session,
      reader: new ChunkReader(vault, session.index),
      reporter: progress,
      reliance: checker && { session, opener: checker.opener },
    },
    {
      sources,
      missing,
      filter,
      skipped: await ownFolders(machine, opened.folder.path),
      oneFileSystem: given.flag('oneFileSystem'),
      marks: await readMarks(context, given),
      tags: readTags(given),
      host,
      user: machine.userName,
      retainForMs,
      parent,
      startedAt,
    },
    signal,
  )
  progress[Symbol.dispose]()
  if (!dryRun) await keepReserve(context, opened.folder)
  const { elapsedMs } = progress
  return tell(context, { outcome, ownership, elapsedMs, parent, dryRun })
}

/** Where all failures are, when there are too many for the screen. */
const listPlace = '`holdfast points POINT` lists them'

function tell(
  context: Context,
  facts: {
    readonly outcome: BackupOutcome
    readonly ownership: Ownership
    readonly elapsedMs: number
    readonly parent: KnownPoint | undefined
    readonly dryRun: boolean
  },
): number {
  const { output } = context
  const { outcome, ownership, elapsedMs, parent, dryRun } = facts
  const { point, summary, failures } = outcome
  output.event(dryRun ? 'proposal' : 'point', {
    ...pointFields(point, wallClockOf(context, ownership.state)),
    parent: parent?.id ?? null,
    elapsedMs,
    dryRun,
  })
  const verb = dryRun ? 'Would have made' : 'Made'
  const status = failures.length === 0 ? verb : `${verb}, partially,`
  const seen = `${countOf(summary.files, 'file')}, ${formatBytes(summary.sourceBytes)}`
  const name = dryRun ? 'a backup point' : `the backup point ${shortId(point.id)}`
  output.note(`${status} ${name} in ${formatElapsed(elapsedMs)}: ${seen}.`)
  if (summary.excluded > 0)
    output.note(`${countOf(summary.excluded, 'entry', 'entries')} left out by patterns.`)
  output.note(
    `Read ${countOf(summary.filesRead, 'file')}; ${formatBytes(summary.newBytes)} were new, stored as ${formatBytes(summary.storedBytes)}.`,
  )
  if (failures.length === 0) return 0
  const problem = failure('job.partial', { count: failures.length, point: shortId(point.id) })
  output.failure(problem)
  return problem.entry.exit
}

async function readMarks({ machine }: Context, given: Given): Promise<DirectoryMarks | undefined> {
  const ignoreFiles = given.flag('useIgnoreFiles')
  const cacheTags = given.flag('excludeCaches')
  if (!ignoreFiles && !cacheTags) return undefined
  return { smallFiles: await machine.openSmallFiles(), ignoreFiles, cacheTags }
}

async function readFilter(given: Given): Promise<PathFilter> {
  const rules: FilterRule[] = []
  for (const { name, value } of given.occurrences(['exclude', 'include', 'excludeFile'])) {
    if (name === 'excludeFile') rules.push(...(await readRules(value)))
    else rules.push(parseFilterRule(name === 'include' ? `!${value}` : value))
  }
  const largest = given.text('excludeLargerThan')
  const limit =
    largest === undefined ? {} : { fileBytesMax: parseBytes(largest, '--exclude-larger-than') }
  return compileFilter({ rules, ...limit })
}

async function readRules(path: string): Promise<readonly FilterRule[]> {
  const everywhere = '' as ByteString
  const { rules, badLines } = parseIgnoreFile(await getFile(path), everywhere)
  if (badLines.length === 0) return rules.map(({ action, pattern }) => ({ action, pattern }))
  const problem = `${printable(path)}: line ${badLines.join(', ')} is no pattern`
  throw failure('usage.invalid', { problem })
}

function readTags(given: Given): readonly string[] {
  const tags = [...new Set(given.texts('tag'))]
  const wrong = tags.find((tag) => !/^[\p{L}\p{N}._:@+-]{1,64}$/u.test(tag))
  if (wrong === undefined) return tags
  const problem = `"${wrong}" is no tag: 1 to 64 letters, digits and . _ : @ + -`
  throw failure('usage.invalid', { problem })
}

/** L3: outside the range of the vault the job fails before anything is uploaded. */
function chooseRetention(
  given: Given,
  config: VaultConfig,
  lock: LockState,
): Vault['config']['retentionMaxMs'] {
  const { retentionMinMs, retentionMaxMs } = config
  const text = given.text('retain')
  if (text === undefined && lock !== 'off') {
    const problem = 'This vault is locked, and what is locked cannot be undone: say --retain'
    throw failure('usage.invalid', { problem })
  }
  if (text === undefined) return retentionMaxMs
  const retainForMs = parseDuration(text, '--retain')
  const [length, max] = [retainForMs ?? Infinity, retentionMaxMs ?? Infinity]
  if (length >= retentionMinMs && length <= max) return retainForMs
  throw failure('retention.out-of-range', {
    days: formatDuration(retainForMs),
    min: formatDuration(retentionMinMs),
    max: formatDuration(retentionMaxMs),
  })
}

function expectationOf(parent: KnownPoint | undefined) {
  if (parent === undefined) return undefined
  const { files, sourceBytes } = parent.point.summary
  return { files, bytes: sourceBytes }
}
