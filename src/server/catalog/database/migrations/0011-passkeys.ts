/** Passkeys, what of them was used up, and the codes that let in whoever lost a telephone. */
import type { Migration } from './ddl.ts'

export const passkeysMigration: Migration = {
  number: 11,
  name: 'passkeys',
  statements: [
    `create table passkeys (
      id text primary key,
      account_id text not null references accounts (id),
      user_id text not null references users (id) on delete cascade,
      credential_id text not null unique,
      public_key bytes not null,
      counter integer not null,
      synced integer not null,
      name text not null,
      created_at integer not null,
      used_at integer
    )`,
    'create index passkeys_of_user on passkeys (user_id)',
    // What was asked of a passkey is answered once; kept until it would be too late anyway.
    `create table used_challenges (
      hash bytes primary key,
      expires_at integer not null
    )`,
    'create index used_challenges_over on used_challenges (expires_at)',
    `create table recovery_codes (
      user_id text not null references users (id) on delete cascade,
      hash bytes not null,
      primary key (user_id, hash)
    )`,
  ],
}
