/** The table of commands, in the order of the help. A command is loaded when it is named, and for the docs. */
import type { CommandEntry } from './command.ts'

export const commandEntries: readonly CommandEntry[] = [
  {
    group: 'Back up',
    name: 'init',
    summary: 'make a vault',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    group: 'Back up',
    name: 'backup',
    summary: 'make a backup point of files and folders',
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    group: 'Look',
    name: 'points',
    summary: 'list the backup points of a vault',
    load: async () => (await import('./commands/points.ts')).points,
  },
  {
    group: 'Look',
    name: 'ls',
    summary: 'list what a backup point holds',
    load: async () => (await import('./commands/ls.ts')).ls,
  },
  {
    group: 'Look',
    name: 'find',
    summary: 'find files by pattern in all points',
    load: async () => (await import('./commands/find.ts')).find,
  },
  {
    group: 'Look',
    name: 'history',
    summary: 'the versions of one file over all points',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    group: 'Look',
    name: 'diff',
    summary: 'what changed between two points',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    group: 'Look',
    name: 'stats',
    summary: 'what a vault holds, and how much space it takes',
    load: async () => (await import('./commands/stats.ts')).stats,
  },
  {
    group: 'Restore',
    name: 'restore',
    summary: 'bring files of a point back',
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    group: 'Restore',
    name: 'dump',
    summary: 'a file, or a folder as tar or zip, to standard output',
    load: async () => (await import('./commands/dump.ts')).dump,
  },
  {
    group: 'Restore',
    name: 'mount',
    summary: 'show points as a folder, read-only',
    load: async () => (await import('./commands/mount.ts')).mount,
  },
  {
    group: 'Check',
    name: 'verify',
    summary: 'check that everything is there and is what it was',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    group: 'Check',
    name: 'repair',
    summary: 'set damage aside, and derive anew what can be derived',
    load: async () => (await import('./commands/repair.ts')).repair,
  },
  {
    group: 'Keep and free',
    name: 'expire',
    summary: 'remove points whose retention has ended, or points by name',
    load: async () => (await import('./commands/expire.ts')).expire,
  },
  {
    group: 'Keep and free',
    name: 'gc',
    summary: 'free the space of what no point needs',
    load: async () => (await import('./commands/gc.ts')).gc,
  },
  {
    group: 'Keep and free',
    name: 'hold',
    summary: 'keep a point, whatever its retention, until it is released',
    load: async () => (await import('./commands/hold.ts')).hold,
  },
  {
    group: 'Keep and free',
    name: 'release',
    summary: 'end the holds of a point',
    load: async () => (await import('./commands/hold.ts')).release,
  },
  {
    group: 'Keep and free',
    name: 'extend',
    summary: 'keep a point longer',
    load: async () => (await import('./commands/hold.ts')).extend,
  },
  {
    group: 'Keep and free',
    name: 'lock',
    summary: 'show or raise the lock of a vault',
    load: async () => (await import('./commands/lock.ts')).lock,
  },
  {
    group: 'Vault and machine',
    name: 'key',
    summary: 'what opens the vault: list, add, prove, remove',
    load: async () => (await import('./commands/key.ts')).key,
  },
  {
    group: 'Vault and machine',
    name: 'bench',
    summary: 'measure this machine',
    load: async () => (await import('./commands/bench.ts')).bench,
  },
  {
    group: 'Vault and machine',
    name: 'completion',
    summary: 'completion of commands, vaults and points for a shell',
    load: async () => (await import('./commands/completion.ts')).completionOf(commandEntries),
  },
  {
    group: 'Vault and machine',
    name: 'version',
    summary: 'the version of this program and of what it runs on',
    load: async () => (await import('./commands/version.ts')).version,
  },
]
