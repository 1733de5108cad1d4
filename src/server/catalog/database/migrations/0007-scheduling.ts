/** What the scheduler remembers between two looks, and over restarts. */
import type { Migration } from './ddl.ts'

export const schedulingMigration: Migration = {
  number: 7,
  name: 'scheduling',
  statements: [
    // Everything that was due until then is settled; `asked_at`: a run is wanted as soon as the client is there.
    'alter table plans add column settled_at integer not null default 0',
    'alter table plans add column asked_at integer',
    'create index plans_by_mark on plans (settled_at) where next_due_at is not null',
    'create index plans_asked on plans (asked_at) where asked_at is not null',
    // Jobs that ended and of which nobody was told yet: a server that dies between the two tells after its restart.
    `create table ended_jobs (
      job_id text primary key references jobs (id) on delete cascade,
      ended_at integer not null
    )`,
    'create index ended_jobs_by_time on ended_jobs (ended_at, job_id)',
    `create table lost_clients (
      client_id text primary key references clients (id) on delete cascade,
      lost_at integer not null,
      told integer not null
    )`,
    // Work that one server of many does at its time.
    `create table chores (
      name text primary key,
      due_at integer not null,
      held_until integer,
      done_at integer,
      problem text
    )`,
    'create index chores_by_time on chores (due_at)',
  ],
}
