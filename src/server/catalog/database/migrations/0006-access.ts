/** Whom accounts write to, what regions are, and the codes of second factors that were used. */
import type { Migration } from './ddl.ts'

export const accessMigration: Migration = {
  number: 6,
  name: 'access',
  statements: [
    "alter table accounts add column contact text not null default ''",
    "alter table regions add column description text not null default ''",
    // The secret that counts is in `users`; here are the one that is being set up, and the last code that was used.
    `create table second_factors (
      user_id text primary key references users (id),
      pending bytes,
      pending_at integer,
      last_step integer not null
    )`,
  ],
}
