/** Alerts, and the audit log: rows that are added, chained by their hashes, and never changed. */
import { type Migration, oneOf } from './ddl.ts'

const alertKinds = [
  'BACKUP_FAILED',
  'BACKUP_PARTIAL',
  'CLIENT_LOST',
  'NO_RECENT_BACKUP',
  'LOCK_EVENT',
  'KEY_EVENT',
  'MIRROR_LAG',
  'VAULT_NEARLY_FULL',
  'SUSPICIOUS_CHANGE',
  'DELETION_REFUSED',
  'WINDOW_MISSED',
]
const refusal = 'the audit log is only added to'

export const journalMigration: Migration = {
  number: 5,
  name: 'journal',
  statements: [
    `create table alerts (
      id text primary key,
      account_id text not null references accounts (id),
      region_id text,
      kind text not null ${oneOf('kind', alertKinds)},
      level text not null ${oneOf('level', ['notice', 'warning', 'critical'])},
      instance_id text,
      vault_id text,
      job_id text,
      topic text not null,
      facts text not null,
      occurrences integer not null,
      raised_at integer not null,
      last_at integer not null,
      read_at integer,
      ended_at integer
    )`,
    'create unique index alerts_standing on alerts (account_id, topic) where ended_at is null',
    'create index alerts_by_age on alerts (account_id, raised_at, id)',
    `create table alert_channels (
      id text primary key,
      account_id text not null references accounts (id),
      kind text not null ${oneOf('kind', ['email', 'webhook'])},
      name text not null,
      settings text not null,
      sealed_secret bytes,
      enabled integer not null,
      created_at integer not null,
      updated_at integer not null,
      unique (account_id, name)
    )`,
    `create table alert_deliveries (
      alert_id text not null references alerts (id) on delete cascade,
      channel_id text not null references alert_channels (id) on delete cascade,
      occurrence integer not null,
      due_at integer,
      attempts integer not null,
      delivered_at integer,
      problem text,
      primary key (alert_id, channel_id, occurrence)
    )`,
    'create index alert_deliveries_due on alert_deliveries (due_at) where due_at is not null',
    `create table audit_heads (
      chain text primary key,
      sequence integer not null,
      hash text not null
    )`,
    `create table audit_log (
      chain text not null,
      sequence integer not null,
      id text not null unique,
      at integer not null,
      account_id text,
      caller text not null,
      caller_name text not null,
      address text not null,
      action text not null,
      target text not null,
      result text not null ${oneOf('result', ['done', 'refused', 'failed'])},
      detail text not null,
      previous text not null,
      hash text not null,
      primary key (chain, sequence)
    )`,
    'create index audit_log_by_time on audit_log (chain, at, sequence)',
    'create index audit_log_of_target on audit_log (target, at)',
    {
      sqlite: `create trigger audit_log_no_update before update on audit_log
        begin select raise(abort, '${refusal}'); end`,
      postgres: `create function refuse_audit_change() returns trigger language plpgsql as
        $$ begin raise exception '${refusal}'; end $$`,
    },
    {
      sqlite: `create trigger audit_log_no_delete before delete on audit_log
        begin select raise(abort, '${refusal}'); end`,
      postgres: `create trigger audit_log_no_change before update or delete or truncate on audit_log
        for each statement execute function refuse_audit_change()`,
    },
  ],
}
