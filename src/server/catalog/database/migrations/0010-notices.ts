/** When channels were last told of an alert, what one person is told, days that were metered, and what policies used. */
import { type Migration, oneOf } from './ddl.ts'

const items = [
  'ESSENTIAL_CAPACITY',
  'CLIENTS',
  'STORAGE_LRS',
  'STORAGE_ZRS',
  'MIRROR_STORAGE_LRS',
  'MIRROR_STORAGE_ZRS',
  'MIRROR_TRAFFIC',
  'RESTORE_TRAFFIC',
]

export const noticesMigration: Migration = {
  number: 10,
  name: 'notices',
  statements: [
    "alter table accounts add column language text not null default ''",
    'alter table alerts add column notified_at integer',
    'alter table alert_deliveries add column tried_at integer',
    'create index alert_deliveries_of_channel on alert_deliveries (channel_id, tried_at)',
    'create index alerts_of_instance on alerts (account_id, instance_id) where ended_at is null',
    // One person is told: no alert of the account, and no channel of it.
    `create table personal_notices (
      id text primary key,
      account_id text not null references accounts (id),
      user_id text not null references users (id) on delete cascade,
      topic text not null unique,
      facts text not null,
      created_at integer not null,
      due_at integer,
      attempts integer not null,
      delivered_at integer,
      problem text
    )`,
    'create index personal_notices_due on personal_notices (due_at) where due_at is not null',
    // A day is metered whole and once: whoever writes this row writes the rest.
    `create table metered_days (
      account_id text not null references accounts (id),
      day text not null,
      metered_at integer not null,
      primary key (account_id, day)
    )`,
    `create table metering_usage (
      account_id text not null references accounts (id),
      day text not null,
      item text not null ${oneOf('item', items)},
      quantity integer not null,
      primary key (account_id, day, item)
    )`,
  ],
}
