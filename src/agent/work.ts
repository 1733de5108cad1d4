/**
 * The work of an agent: what the channel hands to whoever performs it. A worker performs one assignment over sessions with
 * the server; it knows nothing of the channel, of local policy or of hooks. The limits of an assignment are the stricter
 * of what the server asks and what the local policy allows.
 */
import type { ByteString } from '#base'
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
  readonly sources: readonly ByteString[]
  /** Patterns to leave out (B3), for all sources. */
  readonly exclude: readonly string[]
  /**
   * Absolute; each with everything below (B1, B2): system directories, other volumes, the client's own. One that is a
   * source as well is left out of the other sources, never of itself.
   */
  readonly excludedDirectories: readonly ByteString[]
}

/** What to restore, and where the machine lets it be written: real paths, checked again by whoever writes (A21). */
export type RestoreWork = {
  readonly assignment: RestoreAssignment
  /** Nothing is written that is not at or below one of these. */
  readonly roots: readonly ByteString[]
  /** Nothing is written at or below these, although a root holds them. */
  readonly deniedDirectories: readonly ByteString[]
}

export interface AgentWorker {
  /** @throws job.aborted soon after the signal; session.*, storage.*, source.unusable */
  backup(work: BackupWork, observer: WorkObserver, signal: AbortSignal): Promise<WorkOutcome>
  /** @throws job.aborted, session.*, target.* */
  restore(work: RestoreWork, observer: WorkObserver, signal: AbortSignal): Promise<WorkOutcome>
}
