/** Deliberate bugs that re-create mistakes which this simulator or a reader found in our own code. */
import type { Mutant } from './mutant.ts'

const sweep = 'src/vault/gc/sweep.ts'
const openSession = 'src/vault/open-session.ts'

export const mutantsOfOurs: readonly Mutant[] = [
  {
    name: 'ended-sessions-forgotten',
    like: 'ours: a session that ended during the second mark kept nothing',
    weather: { disk: 'map', lanes: 3, crashes: 0, pauses: 0, keepOne: false, lock: 'off' },
    patches: [
      {
        file: sweep,
        find: 'of rules.sessions.union(ownership.sessions)',
        put: 'of ownership.sessions',
      },
    ],
  },
  {
    name: 'orphans-raised',
    like: 'ours: packs whose deletion was announced were adopted again',
    weather: {
      disk: 'map',
      lanes: 3,
      lives: 6,
      jobsPerLane: 3,
      graceMs: 0,
      crashes: 0.002,
      pauses: 0,
      thefts: 0,
    },
    patches: [
      {
        file: openSession,
        find: '!state.condemned.has(name)',
        put: '!state.condemned.has(-1)',
      },
    ],
  },
  {
    name: 'merged-index-forgets',
    like: 'ours: the merged segment said what one index knew, not what all segments said',
    weather: {
      disk: 'map',
      lanes: 3,
      jobsPerLane: 4,
      burst: 0,
      graceMs: 0,
      crashes: 0,
      pauses: 0,
      thefts: 0,
      faultsPerLife: 0,
    },
    patches: [
      {
        file: sweep,
        find: 'for (const pack of segment.packs) packs.set(',
        put: "for (const pack of segment.packs) if (index.hasPack(hashedName('pack', pack.id))) packs.set(",
      },
    ],
  },
  {
    name: 'proof-without-a-name',
    like: 'ours: a copy that no segment names was proof that another one may go',
    weather: {
      disk: 'map',
      lanes: 5,
      jobsPerLane: 5,
      lives: 6,
      graceMs: 0,
      crashes: 0,
      pauses: 0,
      thefts: 0,
      faultsPerLife: 8,
      deadShareMin: 0.05,
      keepOne: false,
      lock: 'off',
      burst: 0,
      disturbances: 0,
      repairs: 0,
    },
    patches: [{ file: sweep, find: 'of unnamed) {', put: 'of unnamed.slice(unnamed.length)) {' }],
  },
  {
    name: 'expiry-decided-once',
    like: 'ours: a hold that was acknowledged after the proposal was overrun',
    weather: {
      disk: 'map',
      lanes: 6,
      jobsPerLane: 3,
      burst: 0,
      keepOne: false,
      clockJumps: 0.01,
      crashes: 0,
      pauses: 0,
      thefts: 0,
      faultsPerLife: 0,
    },
    patches: [
      {
        file: 'src/jobs/expire.ts',
        find: 'const now = decide(ownership, proposal.basis, state).expire',
        put: 'const now = proposal.expire',
      },
    ],
  },
  {
    name: 'leap-ages-the-young',
    like: 'ours: a machine back after long aged what others had made meanwhile',
    weather: {
      disk: 'map',
      lanes: 1,
      lives: 8,
      jobsPerLane: 2,
      idleMs: 2000,
      keepOne: false,
      crashes: 0,
      pauses: 0,
      thefts: 0,
      faultsPerLife: 0,
    },
    patches: [
      {
        file: 'src/engine/format/ledger-state.ts',
        find: 'if (marks.setBy > since) points.set',
        put: 'if (marks.setBy < since) points.set',
      },
    ],
  },
  {
    name: 'torn-said-complete',
    like: 'what changed while it was read makes no point partial',
    weather: { disturbances: 0.2 },
    patches: [
      {
        file: 'src/jobs/backup/backup.ts',
        find: "status: failures.length === 0 ? 'complete' : 'partial'",
        put: "status: failures.length >= 0 ? 'complete' : 'partial'",
      },
    ],
  },
  {
    name: 'torn-kept',
    like: 'what changed while it was read is taken for unchanged the next time',
    weather: { disturbances: 0.2, faultsPerLife: 0, clockJumps: 0 },
    patches: [
      {
        file: 'src/jobs/backup/point-before.ts',
        find: 'if (row.inconsistent || isIncomplete(row.extra)) return false',
        put: 'if (isIncomplete(row.extra)) return false',
      },
      {
        file: 'src/jobs/backup/point-before.ts',
        find: 'return !(isRacy && row.kindCode === KIND_CODE.file)',
        put: 'return !(isRacy && row.kindCode === KIND_CODE.file && !row.inconsistent)',
      },
    ],
  },
  {
    name: 'newer-points-are-forgeries',
    like: 'ours: a vault that was verified while others wrote to it was said to be put back',
    weather: { lanes: 3, faultsPerLife: 0, pauses: 0, crashes: 0, thefts: 0, jobsPerLane: 6 },
    patches: [
      {
        file: 'src/vault/lost-entries.ts',
        find: 'const now = await readLedger(vault, signal)',
        put: 'const now = state',
      },
    ],
  },
  {
    name: 'lost-tail-accepted',
    like: 'ours: a ledger that was put back is gone on from',
    weather: { losesEntries: true },
    patches: [
      {
        file: 'src/vault/ownership.ts',
        find: 'await assertNoLostEntries(vault, state, signal)',
        put: 'if (state.number < 0) await assertNoLostEntries(vault, state, signal)',
      },
    ],
  },
  {
    name: 'crash-taken-for-loss',
    like: 'the record of a job that died before its commit is taken for proof that entries are lost',
    patches: [
      {
        file: 'src/engine/format/ledger-evidence.ts',
        find: 'entry > state.number + 1',
        put: 'entry > state.number',
      },
    ],
  },
  {
    name: 'lost-holds-forgotten',
    like: 'ours: holds and extensions that stood in lost entries were gone',
    weather: { losesEntries: true, lanes: 1, jobsPerLane: 6, faultsPerLife: 0, thefts: 0 },
    patches: [
      {
        file: 'src/vault/salvage-ledger.ts',
        find: 'points: onPoints',
        put: 'points: onPoints && state.number < 0',
      },
    ],
  },
  {
    name: 'lost-lock-is-off',
    like: 'ours: a lock that stood in a lost entry was off after the repair',
    weather: { losesEntries: true, lock: 'compliance', thefts: 0 },
    patches: [
      {
        file: 'src/vault/salvage-ledger.ts',
        find: "lock: onLock ? 'compliance' : state.lock",
        put: "lock: onLock ? 'off' : state.lock",
      },
    ],
  },
]
