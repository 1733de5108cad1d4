/** The table of commands, in the order of the help. A command is loaded when it is named, and for the docs. */
import type { Command, CommandGroup, CommandText } from './command.ts'

export type CommandEntry = CommandText & {
  readonly group: string
  readonly load: () => Promise<Command | CommandGroup>
}

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
]
