/** What agents say of the folders of their machines, for as long as somebody waits for it. */
import { type Migration, oneOf } from './ddl.ts'

const kinds = ['backup', 'restore', 'cancel', 'upgrade', 'uninstall', 'report-facts', 'list-folder']

export const folderAnswersMigration: Migration = {
  number: 13,
  name: 'folder-answers',
  statements: [
    // A constraint of a column cannot be changed in SQLite: the table is made anew.
    `create table assignments_of_now (
      client_id text not null references agent_channels (client_id) on delete cascade,
      number integer not null,
      kind text not null ${oneOf('kind', kinds)},
      job_id text,
      attempt integer,
      content text not null,
      created_at integer not null,
      delivered_to text,
      accepted_at integer,
      primary key (client_id, number)
    )`,
    `insert into assignments_of_now select client_id, number, kind, job_id, attempt, content,
      created_at, delivered_to, accepted_at from assignments`,
    'drop table assignments',
    'alter table assignments_of_now rename to assignments',
    'create index assignments_of_job on assignments (job_id) where job_id is not null',
    `create index assignments_of_folders on assignments (created_at) where kind = 'list-folder'`,
    // The process that asked may be another one than that which the agent answers.
    `create table folder_answers (
      client_id text not null references agent_channels (client_id) on delete cascade,
      number integer not null,
      answer text not null,
      created_at integer not null,
      primary key (client_id, number)
    )`,
    'create index folder_answers_by_age on folder_answers (created_at)',
  ],
}
