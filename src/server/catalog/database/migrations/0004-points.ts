/**
 * Versions and points: the part of the catalog that is a cache. They refer to vaults and instances, which the filling
 * makes when they are unknown, and name plans and jobs, which may be gone.
 */
import { type Migration, oneOf } from './ddl.ts'

export const pointsMigration: Migration = {
  number: 4,
  name: 'points',
  statements: [
    `create table versions (
      vault_id text not null references vaults (id),
      id text not null,
      account_id text not null references accounts (id),
      region_id text not null,
      instance_id text not null references instances (id),
      plan_id text,
      job_id text,
      status text not null ${oneOf('status', ['complete', 'partial', 'failed'])},
      created_at integer not null,
      retain_until integer,
      block_bytes integer not null,
      point_count integer not null,
      files integer not null,
      source_bytes integer not null,
      new_bytes integer not null,
      stored_bytes integer not null,
      failure_count integer not null,
      trashed_at integer,
      primary key (vault_id, id)
    )`,
    'create index versions_of_instance on versions (instance_id, created_at, id)',
    'create index versions_of_account on versions (account_id, created_at, id)',
    'create index versions_of_plan on versions (plan_id, created_at, id)',
    `create table points (
      vault_id text not null references vaults (id),
      id text not null,
      account_id text not null references accounts (id),
      region_id text not null,
      version_id text not null,
      instance_id text not null references instances (id),
      volume text not null,
      status text not null ${oneOf('status', ['complete', 'partial', 'failed'])},
      sequence integer not null,
      created_at integer not null,
      trusted_at integer not null,
      retain_until integer,
      files integer not null,
      directories integer not null,
      source_bytes integer not null,
      new_bytes integer not null,
      stored_bytes integer not null,
      failure_count integer not null,
      holds text not null,
      trashed_at integer,
      filling text not null,
      primary key (vault_id, id)
    )`,
    'create index points_of_version on points (vault_id, version_id, volume)',
    'create index points_of_instance on points (instance_id, created_at, id)',
    `create table metering_days (
      account_id text not null references accounts (id),
      region_id text not null,
      instance_id text not null references instances (id),
      day text not null,
      block_bytes integer not null,
      version_id text not null,
      version_at integer not null,
      primary key (account_id, day, instance_id)
    )`,
    'create index metering_days_of_instance on metering_days (instance_id, day)',
  ],
}
