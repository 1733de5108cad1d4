/** Messages in English. */
import type { SkipReason } from '#engine'
import type { FactReader } from './fact-reader.ts'
import type { NoticeWords } from './notice-words.ts'

const reasons: Readonly<Record<SkipReason, string>> = {
  PREVIOUS_RUNNING: 'the backup before it was still running',
  TIME_CHANGED: 'its time was changed',
  PAUSED: 'the plan was paused',
  INSTANCE_GONE: 'the instance was not there',
  CLIENT_AWAY: 'the client was not reachable',
  OUTSIDE_WINDOW: 'no window for backups was open',
  MISSED: 'nobody started it in time',
}
const olderPoints = 'Earlier backup points are as they were and can be restored.'

export const englishWords: NoticeWords = {
  alerts: {
    BACKUP_FAILED: (facts) => ({
      title: `Backup of ${facts.text('instanceName')} failed`,
      happened: [`No backup version was made: ${facts.text('problem')}`],
      advice: [
        'Open the job: its report says what failed and where.',
        'Remove the cause, then run the backup again; what was uploaded is not sent twice.',
        olderPoints,
      ],
    }),
    BACKUP_PARTIAL: (facts) => ({
      title: `Backup of ${facts.text('instanceName')} is not complete`,
      happened: [
        `A version was made and can be restored, but not with every file as it was: ${facts.number('failedCount')} failed, ${facts.number('skippedCount')} skipped, ${facts.number('inconsistentCount')} changed while they were read.`,
      ],
      advice: [
        'The report of the job lists each of these files and why.',
        'Databases: set up a dump or a hook, files that are open cannot be copied consistently.',
      ],
    }),
    CLIENT_LOST: (facts) => ({
      title: `No contact with ${facts.text('instanceName')}`,
      happened: [`Its client was last heard from: ${facts.timeOf('lastHeardAt')}.`],
      advice: [
        'Check that the machine runs and reaches this server, and that the service of the client runs on it.',
        `Until it is back there are no backups of it. ${olderPoints}`,
      ],
    }),
    NO_RECENT_BACKUP: (facts) => ({
      title: `${facts.text('instanceName')} has no backup of the last ${facts.number('days')} days`,
      happened: [
        facts.has('lastVersionAt')
          ? `The last version was made: ${facts.timeOf('lastVersionAt')}.`
          : 'There has never been a version.',
      ],
      advice: [
        'Look at the last jobs of the instance; run a backup now and see it end.',
        'Versions expire meanwhile: one day the last one does.',
      ],
    }),
    LOCK_EVENT: (facts) => ({
      title: `Lock of the vault ${facts.text('vaultName')}`,
      happened: [facts.text('text')],
      advice: ['If nobody of you did this, look into the audit log now.'],
    }),
    KEY_EVENT: (facts) => ({
      title: `Keys of the vault ${facts.text('vaultName')}`,
      happened: [facts.text('text')],
      advice: [
        'If nobody of you did this, look into the audit log now.',
        'Without its keys a vault cannot be read: see that the recovery key is where it should be.',
      ],
    }),
    MIRROR_LAG: (facts) => ({
      title: `The mirror of ${facts.text('vaultName')} is behind`,
      happened: [`It lacks what was made in the last ${hoursText(facts.number('lagMs'))}.`],
      advice: ['Check the network between the regions and the storage of the mirror.'],
    }),
    VAULT_NEARLY_FULL: (facts) => ({
      title: `The vault ${facts.text('vaultName')} is nearly full`,
      happened: [
        `${facts.bytesOf('usedBytes')} of ${facts.bytesOf('limitBytes')} are used (${facts.percentOf('usedBytes', 'limitBytes')} %).`,
      ],
      advice: [
        'Raise its quota or add storage: when it is full, backups fail.',
        'Locked points cannot be removed to make room, by anybody.',
      ],
    }),
    SUSPICIOUS_CHANGE: (facts) => ({
      title: `Suspicious change on ${facts.text('instanceName')}`,
      happened: [facts.text('text')],
      advice: [
        'Look at the machine now: encryption by an attacker looks like this.',
        'Put a hold on the last version that you trust, and restore to another machine, not onto this one.',
      ],
    }),
    DELETION_REFUSED: (facts) => ({
      title: facts.has('vaultName')
        ? `Deletion refused in the vault ${facts.text('vaultName')}`
        : 'Somebody tries again and again to delete backups',
      happened: [
        facts.has('vaultName')
          ? facts.text('text')
          : `Refused at least ${facts.number('count')} times within ten minutes, last to ${facts.text('who')} at ${facts.text('address')}.`,
      ],
      advice: [
        'Nothing was deleted. The audit log says who tried, and from where.',
        'If nobody of you did this, revoke the tokens and change the passwords of that user.',
      ],
    }),
    WINDOW_MISSED: (facts) => ({
      title: `A backup of ${facts.text('instanceName')} did not take place`,
      happened: [
        `It was due: ${facts.timeOf('dueAt')}; ${reasonOf(facts)}.`,
        ...(facts.number('moreRuns') > 0
          ? [`${facts.number('moreRuns')} due run(s) before it were skipped as well.`]
          : []),
      ],
      advice: [
        'It is not made up unless the plan says so: run a backup now if you need one of today.',
        'If backups take longer than a day, give the plan a higher priority.',
      ],
    }),
  },
  restoreFailed: (facts) => ({
    title: `Restore to ${facts.text('instanceName')} failed`,
    happened: [facts.text('problem')],
    advice: [
      'No file has half its content: what was not restored is as it was before.',
      'Remove the cause and start the restore again.',
    ],
  }),
  test: {
    title: 'This is a test',
    happened: ['Somebody with the right to do so sent a test through this channel. All is well.'],
    advice: ['Nothing is to do.'],
  },
  levels: { notice: 'Notice', warning: 'Warning', critical: 'Critical' },
  over: 'Over: ',
  overSince: (time) => `The cause is gone since ${time}.`,
  again: (count, since) => `Found ${count} times since ${since}.`,
  digestTitle: (count) => `${count} alerts`,
  more: (count) => `… and ${count} more, in the console.`,
  labels: {
    when: 'Since',
    instance: 'Instance',
    vault: 'Vault',
    job: 'Job',
    account: 'Account',
    whatToDo: 'What to do',
    look: 'Open in the console',
    why: 'You get this because a channel of alerts in Holdfast names this address.',
  },
}

function reasonOf(facts: FactReader): string {
  return Object.entries(reasons).find(([reason]) => reason === facts.text('reason'))?.[1] ?? '–'
}

function hoursText(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`
}
