/**
 * Where a restore puts files, and the hands that do it: in the product the Linux file tree, by worker threads or, for a
 * few files, at once. Nothing it does lands outside its roots; every entry is made whole under a temporary name and then
 * renamed, so a final name never holds half a file (F6, A13–A16). What goes wrong with one entry is an answer; what ends
 * the job (a full disk, a bug) is thrown.
 */
import type { ByteString, ErrorCode } from '#base'
import type { EntryKind, VaultKeys } from '#engine'

/** One directory that must exist, and below which a part of the point goes. */
export type TargetRoot = {
  readonly path: ByteString
  /** given: the user names it and it must exist. original: missing parents are made. */
  readonly kind: 'given' | 'original'
}

/** special: setuid, setgid, devices, privileged attributes and flags are stripped (A16). */
export type Fidelity = 'full' | 'no-special'

export type TargetRequest = {
  readonly roots: readonly TargetRoot[]
  readonly fidelity: Fidelity
  /** Names this restore's temporary files: the same for the same point and target, and hard to guess. */
  readonly tag: string
  /** Nothing is changed, not even a leftover removed. */
  readonly dryRun: boolean
  readonly keys: VaultKeys
}

export interface TargetTree {
  /** @throws target.not-found, target.refused */
  open(request: TargetRequest, signal: AbortSignal): Promise<OpenTarget>
}

export interface OpenTarget extends AsyncDisposable {
  /** Tasks that may be under way at once. */
  readonly inFlightMax: number
  /** What this target cannot be given, in sentences for the user. */
  readonly notices: readonly string[]
  /** Memory that every hand sees without a copy. */
  memory(bytes: number): Uint8Array
  /** From now on there is enough to do for more than one hand. */
  expectMuch(): void
  /** An answer to every task that was begun, also when the signal fires. @throws target.full, target.refused */
  run<K extends TargetTaskKind>(
    kind: K,
    ask: TargetTasks[K]['ask'],
    options: RunOptions,
  ): Promise<TargetTasks[K]['answer']>
}

export type RunOptions = {
  readonly signal: AbortSignal
  /** Buffers to hand over instead of copying. */
  readonly transfer?: readonly ArrayBuffer[]
}

/** Why an entry could not be restored; `record` is its number in the window. */
export type TargetProblem = {
  readonly record: number
  readonly code: ErrorCode
  readonly detail: string
}

/** Something a restored entry lacks: stripped by the caller's wish, or refused by the system. */
export type TargetShortfall = {
  readonly record: number
  readonly what: string
  readonly reason: string
  readonly detail: string
}

export type TargetIdentity = { readonly dev: bigint; readonly ino: bigint }

/** What became of the entries of a task; those not named are in place as they should be. */
export type TargetOutcome = {
  readonly problems: readonly TargetProblem[]
  readonly shortfalls: readonly TargetShortfall[]
  /** Of entries whose record asks for it. */
  readonly identities: readonly (TargetIdentity & { readonly record: number })[]
}

/** Entries of one window, by their records; see target-records.ts. */
export type WindowEntries = {
  readonly root: number
  readonly records: Uint8Array
  /** Numbers of the records meant. */
  readonly at: Uint32Array
}

/**
 * What stands under the name of an entry. same: the same kind, mtime and size (or link target), so most likely this very
 * entry · older, newer: a file with another mtime · differing: a file of the same mtime and another size · directory · other.
 */
export const standings = [
  'absent',
  'same',
  'older',
  'newer',
  'differing',
  'directory',
  'other',
] as const
export type Standing = (typeof standings)[number]

export type DirectoryFact = 'made' | 'found' | 'blocked'

export type DirectoryMetadata = EntryMetadataFacts & { readonly path: ByteString }

export type EntryMetadataFacts = {
  readonly kind: EntryKind
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSec: number
  readonly mtimeNsec: number
  readonly xattrs?: Uint8Array | undefined
  readonly inodeFlags?: number | undefined
}

/** A file under its temporary name, to which any hand may write. */
export type OpenedFile = {
  readonly fd: number
  readonly temporary: ByteString
  readonly shortfalls: readonly Omit<TargetShortfall, 'record'>[]
}

export type PieceSpan = {
  readonly id: Uint8Array
  readonly position: number
  readonly bytes: number
}

type Task<Ask, Answer> = { readonly ask: Ask; readonly answer: Answer }

export type TargetTasks = {
  /** Makes directories, parents first; `replacing`: what stands in the place of one and is none goes away. */
  readonly makeDirectories: Task<
    { readonly root: number; readonly paths: readonly ByteString[]; readonly replacing: boolean },
    {
      readonly facts: readonly DirectoryFact[]
      /** `record` is the number of the path. */
      readonly problems: readonly TargetProblem[]
    }
  >
  /** After everything below: metadata of directories, deepest first. `record` is the number in the list. */
  readonly finishDirectories: Task<
    { readonly root: number; readonly directories: readonly DirectoryMetadata[] },
    TargetOutcome
  >
  /** What stands under the names of entries, as numbers of `standings`; the first free suffix when `rename` asks for it. */
  readonly examine: Task<
    WindowEntries & { readonly rename: boolean },
    {
      readonly standings: Uint8Array
      readonly suffixes: Uint32Array
      /** 1 for a file that has other names too and not the metadata of the entry: it is not to be changed in place. */
      readonly shared: Uint8Array
      readonly problems: readonly TargetProblem[]
    }
  >
  /** Entries whose content, if any, is in the record: small files, links, FIFOs, devices; and, to be noted, sockets. */
  readonly placeEntries: Task<WindowEntries, TargetOutcome>
  /**
   * Opens blocks and puts their chunks where the refs say: whole files, and stretches of opened ones, each only after
   * its chunk was found to have its id. Every ref is settled in the table.
   */
  readonly placeBlocks: Task<
    {
      readonly root: number
      readonly records: Uint8Array
      readonly refs: Uint8Array
      /** Blocks of one object, in order. */
      readonly sealed: readonly Uint8Array[]
      /** How many of `rows` belong to each block. */
      readonly counts: Uint32Array
      readonly rows: Uint32Array
      readonly object: string
    },
    TargetOutcome
  >
  /** Metadata only, for entries that stand there already. */
  readonly refreshEntries: Task<WindowEntries, TargetOutcome>
  /** Files of several pieces, to be written by `placeBlocks`; undefined where there is a problem. */
  readonly openFiles: Task<
    WindowEntries,
    {
      readonly files: readonly (OpenedFile | undefined)[]
      readonly problems: readonly TargetProblem[]
    }
  >
  /**
   * Holds the file that stands there against the pieces: the CRC-32 of each stretch that is equal, undefined for others.
   * `into`: equal stretches are also written to this opened file. Undefined when there is no such file any more.
   */
  readonly compareFile: Task<
    {
      readonly root: number
      readonly path: ByteString
      readonly pieces: readonly PieceSpan[]
      readonly into: number | undefined
    },
    | {
        readonly equal: readonly (number | undefined)[]
        readonly size: number
        readonly identity: TargetIdentity
      }
    | undefined
  >
  /** The file has all its content and this size: metadata, and its name. */
  readonly completeFile: Task<
    {
      readonly root: number
      readonly records: Uint8Array
      readonly record: number
      readonly file: OpenedFile
      readonly size: number
    },
    TargetOutcome
  >
  /** Takes away an opened file that is not to be completed. */
  readonly discardFile: Task<
    { readonly root: number; readonly directory: ByteString; readonly file: OpenedFile },
    undefined
  >
  /** Further names of files that this job made, or verified. `record` in the answer is the number in the list. */
  readonly linkFiles: Task<
    {
      readonly root: number
      readonly links: readonly {
        readonly path: ByteString
        readonly source: ByteString
        readonly identity: TargetIdentity
        readonly placing: 'new' | 'replace'
      }[]
    },
    TargetOutcome
  >
  /** Names directly below a root. */
  readonly listRoot: Task<{ readonly root: number }, readonly ByteString[]>
  /** Everything written so far is on the disk. */
  readonly sync: Task<undefined, undefined>
}

export type TargetTaskKind = keyof TargetTasks
