/** A backup assignment: one session and one point for each source (B1), and a session anew when the server lost it. */
import { type ByteString, byteString, checkAborted, isFailure } from '#base'
import { pathToText } from '#contract'
import { compileFilter, type FilterRule, parseFilterRule } from '#engine'
import { type BackupOutcome, performBackup } from '#jobs'
import { RateLimit } from '../rate-limit.ts'
import type { ReceiptKeeper } from '../receipts/receipt-book.ts'
import type { BackupWork, WorkObserver, WorkOutcome } from '../work.ts'
import { openLink } from './open-link.ts'
import { type ExpectReceipt, RemoteSession } from './remote-session.ts'
import type { WorkerPorts } from './session-ports.ts'
import { viewSession } from './session-view.ts'
import { WorkReporter } from './work-reporter.ts'

/** A server that restarts loses its sessions; what they stored it knows again. */
const sessionsPerSourceMax = 6
const everywhere = byteString(new Uint8Array())

type Backup = {
  readonly ports: WorkerPorts
  readonly receipts: ReceiptKeeper
  readonly work: BackupWork
  readonly limit: RateLimit
  readonly reporter: WorkReporter
}

export async function performBackupWork(
  { receipts, ...ports }: WorkerPorts & { readonly receipts: ReceiptKeeper },
  work: BackupWork,
  observer: WorkObserver,
  signal: AbortSignal,
): Promise<WorkOutcome> {
  const { clock } = ports
  const limit = new RateLimit(clock, work.assignment.limits.bytesPerSecondMax)
  const reporter = new WorkReporter(observer, () => clock.now().upMs)
  const backup = { ports, receipts, work, limit, reporter }
  const totals = { files: 0, sourceBytes: 0, newBytes: 0, storedBytes: 0 }
  let isPartial = false
  for (const source of work.sources) {
    const { summary, failures } = await backUpSource(backup, source, signal)
    reporter.endSession()
    if (failures.length > 0) isPartial = true
    totals.files += summary.files
    totals.sourceBytes += summary.sourceBytes
    totals.newBytes += summary.newBytes
    totals.storedBytes += summary.storedBytes
  }
  return {
    state: isPartial ? 'PARTIAL_COMPLETE' : 'COMPLETE',
    counts: { ...reporter.counts },
    totals,
  }
}

async function backUpSource(
  backup: Backup,
  source: ByteString,
  signal: AbortSignal,
): Promise<BackupOutcome> {
  for (let tries = 1; ; tries++) {
    // What was reported of a walk that is begun anew would be counted twice.
    const counted = { ...backup.reporter.counts }
    try {
      return await backUpOnce(backup, source, signal)
    } catch (problem) {
      checkAborted(signal)
      if (!isFailure(problem, 'session.unknown') || tries === sessionsPerSourceMax) throw problem
      Object.assign(backup.reporter.counts, counted)
      backup.reporter.notice('The server lost the session; what it has is used by a new one.')
    }
  }
}

async function backUpOnce(
  { ports, receipts, work, limit, reporter }: Backup,
  source: ByteString,
  signal: AbortSignal,
): Promise<BackupOutcome> {
  const { jobId, vaultId, attempt, limits } = work.assignment
  const startedAt = Math.floor(ports.clock.now().wallMs)
  const volumeBytes = await ports.volumeBytes(source)
  const opening = {
    kind: 'backup',
    jobId,
    attempt,
    source: pathToText(source),
    ...(volumeBytes === undefined ? {} : { volumeBytes }),
  } as const
  await using opened = await openLink(ports, opening, { limit, signal })
  const session = await viewSession(opened.link, ports.cipher, opened.facts)
  const { view, point: parent, reader } = session
  reporter.expect(
    parent && { files: parent.point.summary.files, bytes: parent.point.summary.sourceBytes },
  )
  const { clock } = ports
  const expectReceipt: ExpectReceipt = async (sent) => {
    const take = await receipts.expect({ vaultId, jobId, source }, sent)
    return async (receipt) => {
      const warning = await take(receipt)
      if (warning !== undefined) reporter.notice(warning)
    }
  }
  await using files = await ports.openSource(view, limits.coresMax)
  return await performBackup(
    {
      source: files.tree,
      session: new RemoteSession(opened.link, { clock, expectReceipt }, opened.facts, session),
      reader,
      reporter,
    },
    {
      sources: [{ path: source, prefix: everywhere }],
      filter: compileFilter({
        rules: work.exclude.map((text): FilterRule => parseFilterRule(text)),
      }),
      skipped: await skippedOf(ports, work, source),
      oneFileSystem: true,
      tags: [],
      host: ports.hostName,
      user: 'agent',
      retainForMs: undefined,
      parent,
      startedAt,
    },
    signal,
  )
}

/** Directories that are left out, by what they are and not by what they are called. */
async function skippedOf(ports: WorkerPorts, work: BackupWork, source: ByteString) {
  const others = work.excludedDirectories.filter((path) => path !== source)
  const found = await Promise.all(others.map((path) => ports.identify(path)))
  return found.filter((one) => one !== undefined)
}
