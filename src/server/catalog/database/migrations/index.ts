/** All migrations, in order. A migration that was ever released is never edited: a change is a new one. */
import { accountsMigration } from './0001-accounts.ts'
import { instancesMigration } from './0002-instances.ts'
import { jobsMigration } from './0003-jobs.ts'
import { pointsMigration } from './0004-points.ts'
import { journalMigration } from './0005-journal.ts'
import { accessMigration } from './0006-access.ts'
import { schedulingMigration } from './0007-scheduling.ts'
import { agentsMigration } from './0008-agents.ts'
import { noticesMigration } from './0010-notices.ts'
import { passkeysMigration } from './0011-passkeys.ts'
import { dryRunsMigration } from './0012-dry-runs.ts'
import { folderAnswersMigration } from './0013-folder-answers.ts'
import { auditFiltersMigration } from './0014-audit-filters.ts'
import type { Migration } from './ddl.ts'

export const migrations: readonly Migration[] = [
  accountsMigration,
  instancesMigration,
  jobsMigration,
  pointsMigration,
  journalMigration,
  accessMigration,
  schedulingMigration,
  agentsMigration,
  noticesMigration,
  passkeysMigration,
  dryRunsMigration,
  folderAnswersMigration,
  auditFiltersMigration,
]
