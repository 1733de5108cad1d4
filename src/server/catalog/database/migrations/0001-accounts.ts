/** Accounts, regions, users and what they may do. Passwords, tokens and codes are kept as hashes only. */
import { type Migration, oneOf } from './ddl.ts'

// Words of this migration are written out: it must stay what it was when the contract gains a word.
const roles = ['owner', 'administrator', 'backupOperator', 'restoreOperator', 'auditor']

export const accountsMigration: Migration = {
  number: 1,
  name: 'accounts',
  statements: [
    `create table accounts (
      id text primary key,
      name text not null unique,
      time_zone text not null,
      created_at integer not null
    )`,
    `create table regions (
      id text not null,
      account_id text not null references accounts (id),
      name text not null,
      control_url text,
      data_url text,
      created_at integer not null,
      primary key (account_id, id)
    )`,
    `create table users (
      id text primary key,
      account_id text not null references accounts (id),
      name text not null,
      login text not null unique,
      email text,
      password_hash text,
      totp_secret bytes,
      status text not null ${oneOf('status', ['ACTIVE', 'DISABLED'])},
      must_change_password integer not null,
      failed_logins integer not null,
      barred_until integer,
      created_at integer not null,
      last_login_at integer
    )`,
    'create index users_of_account on users (account_id, name, id)',
    `create table role_grants (
      user_id text not null references users (id),
      account_id text not null references accounts (id),
      role text not null ${oneOf('role', roles)},
      granted_by text,
      granted_at integer not null,
      primary key (user_id, account_id)
    )`,
    'create index role_grants_of_account on role_grants (account_id)',
    // H2: the owner lets the grantee act for it in a role.
    `create table account_grants (
      owner_account_id text not null references accounts (id),
      grantee_account_id text not null references accounts (id),
      role text not null ${oneOf('role', roles)},
      alias text not null,
      granted_at integer not null,
      revoked_at integer,
      primary key (owner_account_id, grantee_account_id)
    )`,
    `create table tokens (
      id text primary key,
      account_id text not null references accounts (id),
      user_id text not null references users (id),
      kind text not null ${oneOf('kind', ['session', 'api'])},
      name text not null,
      hash bytes not null unique,
      scopes text not null,
      created_at integer not null,
      expires_at integer,
      used_at integer,
      revoked_at integer
    )`,
    'create index tokens_of_user on tokens (user_id, id)',
    `create table settings (
      scope text not null,
      name text not null,
      value text not null,
      updated_at integer not null,
      primary key (scope, name)
    )`,
    `create table idempotency_keys (
      account_id text not null references accounts (id),
      caller text not null,
      name text not null,
      request_hash bytes not null,
      status integer,
      answer text,
      created_at integer not null,
      expires_at integer not null,
      primary key (account_id, caller, name)
    )`,
    'create index idempotency_keys_by_end on idempotency_keys (expires_at)',
  ],
}
