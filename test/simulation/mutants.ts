/**
 * Deliberate bugs. Each re-creates the cause of a published data loss (reliability 2.1), or a mistake that this simulator
 * found in our own code. Where one layer hides the loss of another, the mutant removes both; the tests of single layers
 * stand beside the code (src/vault/gc/layers.test.ts).
 */
import type { Mutant } from './mutant.ts'
import { mutantsOfOurs } from './mutants-of-ours.ts'
import type { Patch } from './patches.ts'

const sweep = 'src/vault/gc/sweep.ts'
const session = 'src/vault/session.ts'

const noSecondMark: Patch = {
  file: sweep,
  find: 'if (live.countIn(block) > 0) needed.add(pack.name)',
  put: 'if (live.countIn(block) < 0) needed.add(pack.name)',
}
const noPins: Patch = {
  file: session,
  find: 'return pack !== undefined && this.#relied.has(pack.number)',
  put: 'return pack === undefined && this.#relied.has(-1)',
}
const noWait: Patch = {
  file: sweep,
  find: 'if (session.asOf.number <= condemned.entry) return',
  put: 'if (session.asOf.number < 0) return',
}
const noExistenceCheck: Patch = {
  file: session,
  find: 'if (bytes === pack.bytes) continue',
  put: 'if (bytes !== -1) continue',
}
const notListedIsLive: Patch = {
  file: 'src/vault/load-index.ts',
  find: "index.setState(pack, listed === undefined ? 'missing' : 'quarantined')",
  put: "index.setState(pack, 'live')",
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no-second-mark',
    like: 'a point made since the mark is not seen',
    patches: [noSecondMark],
  },
  {
    name: 'no-second-mark-no-pins',
    like: 'what sessions rely on is not known either',
    patches: [noSecondMark, noPins, noWait],
  },
  {
    name: 'delete-without-wait',
    like: 'Proxmox PSA-2025-00019',
    patches: [noPins, noWait, noExistenceCheck],
  },
  {
    name: 'commit-after-loss',
    like: 'restic #2715: an entry is written although the vault was lost',
    patches: [
      {
        file: 'src/vault/ledger.ts',
        find: "throw failure('vault.fenced', { found: number, ours: state.number }, problem)",
        put: 'return await append(vault, { ...state, number }, action, signal)',
      },
    ],
  },
  {
    name: 'commit-into-the-void',
    like: 'a number that is taken is believed to be written',
    patches: [
      {
        file: 'src/vault/ledger.ts',
        find: "throw failure('vault.fenced', { found: number, ours: state.number }, problem)",
        put: 'void number',
      },
    ],
  },
  {
    name: 'condemned-offered',
    like: 'condemned packs are still offered, and pins do not hold them',
    patches: [
      {
        file: 'src/vault/chunk-index.ts',
        find: "if (state === 'live') return entry",
        put: "if (state === 'live' || state === 'condemned') return entry",
      },
      noPins,
    ],
  },
  {
    name: 'index-after-delete',
    like: 'borg #9748: an old index is believed, and nothing asks the store',
    patches: [
      {
        file: sweep,
        find: 'packs.delete(pack.name)',
        put: 'packs.has(pack.name)',
      },
      notListedIsLive,
      noExistenceCheck,
    ],
  },
  {
    name: 'short-list-is-truth',
    like: 'restic #4612: what a list lacks is taken for gone, and the one mark passes over it',
    patches: [
      {
        file: 'src/vault/load-index.ts',
        find: "if (state !== 'missing' && listed === undefined) await assertGone",
        put: "if (state === 'missing' && listed !== undefined) await assertGone",
      },
      {
        file: 'src/vault/gc/mark-live.ts',
        find: "throw failure('gc.refused', { problem: 'a living point names a chunk that no pack holds' })",
        put: 'return false',
      },
      noSecondMark,
    ],
  },
  {
    name: 'no-existence-check',
    like: 'a commit does not ask whether the packs are there',
    patches: [noExistenceCheck],
  },
  {
    name: 'no-fencing',
    like: 'two owners go on side by side',
    patches: [
      {
        file: 'src/vault/ledger.ts',
        find: 'return (await vault.ports.store.stat(ledgerName(state.number + 1), signal)) === undefined',
        put: 'return (await vault.ports.store.stat(ledgerName(state.number + 1), signal)) !== -1',
      },
      {
        file: 'src/vault/ledger.ts',
        find: "throw failure('vault.fenced', { found: number, ours: state.number }, problem)",
        put: 'return await append(vault, await readLedger(vault, signal), action, signal)',
      },
    ],
  },
  {
    name: 'raw-wall-clock',
    like: 'an attack on the time servers',
    patches: [
      {
        file: 'src/engine/retention/trusted-time.ts',
        find: 'if (own === undefined) return known.trustedAt',
        put: "return Math.max(known.trustedAt, Math.floor(reading['wallMs'] - 1_750_000_000_000))",
      },
    ],
  },
  {
    name: 'repack-drops-a-chunk',
    like: 'a copy leaves the first chunk of a block behind',
    patches: [
      {
        file: 'src/vault/gc/repack.ts',
        find: '(this.#live.has(first + ordinal) ? [ordinal] : [])',
        put: '(this.#live.has(first + ordinal) && ordinal > 0 ? [ordinal] : [])',
      },
    ],
  },
  {
    name: 'duplicate-without-proof',
    like: 'another copy is believed in that the store no longer has',
    patches: [notListedIsLive],
  },
  { name: 'no-fsync', like: 'what was written is not durable', patches: [], without: ['sync'] },
  {
    name: 'no-directory-fsync',
    like: 'the name of what was written is not durable',
    patches: [],
    without: ['syncFolder'],
  },
  {
    name: 'adopted-unsecured',
    like: 'what a dead process left is built upon, although a power cut may take it away',
    weather: { disk: 'platter', deathsAtLink: 0.5, lives: 3, crashes: 0.002 },
    patches: [
      {
        file: 'src/vault/load-index.ts',
        find: 'await vault.ports.store.secure([...segments, ...orphans.map(({ name }) => name)], signal)',
        put: 'checkAborted(signal)',
      },
      {
        file: 'src/vault/load-index.ts',
        find: "import { failure, isFailure } from '#base'",
        put: "import { checkAborted, failure, isFailure } from '#base'",
      },
    ],
  },
  {
    name: 'point-before-packs',
    like: 'the point is named before what it names is stored',
    patches: [
      {
        file: 'src/jobs/backup/backup.ts',
        find: 'await session.flush(signal)',
        put: 'checkAborted(signal)',
      },
      {
        file: session,
        find: 'await this.flush(signal)\n    // Not after',
        put: '// Not after',
      },
      { file: session, find: 'assert(this.#pending.size === 0', put: 'assert(this.#pending' },
      {
        file: session,
        find: "throw failure('object.missing', { object: 'the root of the new point' })",
        put: 'return',
      },
      {
        file: session,
        find: 'return await this.#commitPoint(draft, signal)',
        put: 'const early = await this.#commitPoint(draft, signal); await this.flush(signal); return early',
      },
    ],
  },
  {
    name: 'index-before-packs',
    like: 'nobody waits until a pack is durable',
    weather: { disk: 'platter' },
    patches: [
      {
        file: 'src/vault/pack-writer.ts',
        find: 'await pack.draft.publish(name, signal)',
        put: 'pack.draft.publish(name, signal).catch(() => undefined)',
      },
    ],
  },
  ...mutantsOfOurs,
]
