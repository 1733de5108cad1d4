/** What agents are told and have not accepted yet, what was heard of them, and versions that are not whole. */
import { type Migration, oneOf } from './ddl.ts'

export const agentsMigration: Migration = {
  number: 8,
  name: 'agents',
  statements: [
    // The next identity counts from its first use on: an answer that is lost must not lock a machine out.
    `create table agent_channels (
      client_id text primary key references clients (id) on delete cascade,
      start_id text,
      started_at integer not null,
      former_starts text not null,
      heard text not null,
      last_assignment integer not null,
      facts_at integer,
      ordered_status text,
      next_identity bytes unique,
      next_identity_until integer
    )`,
    `create table assignments (
      client_id text not null references agent_channels (client_id) on delete cascade,
      number integer not null,
      kind text not null ${oneOf('kind', [
        'backup',
        'restore',
        'cancel',
        'upgrade',
        'uninstall',
        'report-facts',
      ])},
      job_id text,
      attempt integer,
      content text not null,
      created_at integer not null,
      delivered_to text,
      accepted_at integer,
      primary key (client_id, number)
    )`,
    'create index assignments_of_job on assignments (job_id) where job_id is not null',
    `create table version_gaps (
      vault_id text not null,
      version_id text not null,
      job_id text not null,
      primary key (vault_id, version_id)
    )`,
    'create index version_gaps_of_job on version_gaps (job_id)',
  ],
}
