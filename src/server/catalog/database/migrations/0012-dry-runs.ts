/** Restores that only look, and the list of what took the place of something else. */
import { type Migration, oneOf } from './ddl.ts'

export const dryRunsMigration: Migration = {
  number: 12,
  name: 'dry-runs',
  statements: [
    `alter table jobs add column dry_run integer not null default 0`,
    // A constraint of a column cannot be changed in SQLite: the table is made anew.
    `create table job_files_of_now (
      job_id text not null references jobs (id) on delete cascade,
      list text not null ${oneOf('list', ['failed', 'skipped', 'inconsistent', 'overwritten'])},
      number integer not null,
      path text not null,
      reason text not null,
      detail text not null,
      primary key (job_id, list, number)
    )`,
    'insert into job_files_of_now select job_id, list, number, path, reason, detail from job_files',
    'drop table job_files',
    'alter table job_files_of_now rename to job_files',
  ],
}
