/**
 * The work of an agent: what the channel hands to whoever performs it. A worker performs one assignment over sessions with
 * the server; it knows nothing of the channel, of local policy or of hooks.
 */
import type { AgentMessage, Assignment } from '#contract'

export type BackupAssignment = Extract<Assignment, { readonly kind: 'backup' }>
export type RestoreAssignment = Extract<Assignment, { readonly kind: 'restore' }>
type Message<Kind extends AgentMessage['kind']> = Extract<AgentMessage, { readonly kind: Kind }>

/** Told while the work goes on; calls are cheap and never wait. */
export type WorkObserver = {
  readonly progress: (progress: Message<'progress'>['progress']) => void
  readonly warning: (text: string) => void
  /** A file that failed, was skipped or is inconsistent (D6). */
  readonly reported: (
    list: Message<'report'>['list'],
    line: Message<'report'>['lines'][number],
  ) => void
}

/** How it ended; a failure that ends the work is thrown. */
export type WorkOutcome = Pick<Message<'result'>, 'counts' | 'totals'> & {
  readonly state: 'COMPLETE' | 'PARTIAL_COMPLETE'
}

/** What to back up after local policy has had its say: one session and one point for each source. */
export type BackupWork = {
  readonly assignment: BackupAssignment
  readonly sources: readonly string[]
  /** Patterns and directories to leave out (B1–B3), per source or for all. */
  readonly exclude: readonly string[]
  readonly excludedDirectories: readonly string[]
}

export interface AgentWorker {
  /** @throws job.aborted soon after the signal; session.*, storage.*, source.unusable */
  backup(work: BackupWork, observer: WorkObserver, signal: AbortSignal): Promise<WorkOutcome>
  /** @throws job.aborted, session.*, target.* */
  restore(
    assignment: RestoreAssignment,
    observer: WorkObserver,
    signal: AbortSignal,
  ): Promise<WorkOutcome>
}
