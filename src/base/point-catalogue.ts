/** The part of the catalogue of errors about points and paths: which one is meant, and what may become of it. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 400 } as const

export const pointCatalogue = {
  'point.not-found': {
    ...refused,
    status: 404,
    says: 'There is no backup point {point}.',
    advise:
      'See `holdfast points`; `latest:/etc` is the newest of /etc, `tag:NAME` the newest with a tag.',
  },
  'point.ambiguous': {
    ...refused,
    says: '{point} names {count} backup points.',
    advise: 'Give more digits; see `holdfast points`.',
  },
  'point.locked': {
    ...refused,
    status: 423,
    says: 'The backup point {point} is locked until {until}, by the lock of the vault.',
    advise: 'It can be removed after that; until then nobody can, by design.',
  },
  'point.held': {
    ...refused,
    status: 423,
    says: 'The backup point {point} is on hold ({reason}).',
    advise: '`holdfast release {point} --reason WHY` ends the hold.',
  },
  'point.newest': {
    ...refused,
    status: 423,
    says: 'The backup point {point} is the newest of its source, or the newest complete one.',
    advise: 'Make a newer one first, or say --no-keep-newest.',
  },
  'point.not-held': {
    ...refused,
    status: 409,
    says: 'The backup point {point} is not on hold.',
    advise: 'There is nothing to release; see `holdfast points`.',
  },
  'point.trashed': {
    ...refused,
    status: 409,
    says: 'The backup point {point} is in the trash, and what it was kept for before is no less.',
    advise: '`holdfast expire --undo {point}` takes it back.',
  },
  'point.not-trashed': {
    ...refused,
    status: 409,
    says: 'The backup point {point} is not in the trash.',
    advise: 'There is nothing to take back; see `holdfast points`.',
  },
  'point.retention-refused': {
    ...refused,
    status: 409,
    says: 'Retention can only be extended: {point} is kept {until}.',
    advise: 'Give a longer time, counted from when the point was made.',
  },
  'retention.out-of-range': {
    ...refused,
    says: 'A retention of {days} is outside what this vault allows ({min} to {max}).',
    advise: 'Choose a retention within the range.',
  },
  'path.not-found': {
    ...refused,
    status: 404,
    says: '{path} is not in {point}.',
    advise:
      'See `holdfast ls`; `holdfast find` looks in all points. Through a server: `holdfast browse` and `holdfast search`.',
  },
  'path.unread': {
    ...refused,
    status: 404,
    says: '{path} is not in the backup point {point}: it could not be read when the point was made ({problem}).',
    advise: '`holdfast history` of the path shows the points that have it.',
  },
  'search.pattern-refused': {
    ...refused,
    says: '"{pattern}" is no pattern to search by.',
    advise:
      'Write a name such as *.conf, or a path from the root such as /etc/**/hosts, without doubled slashes.',
  },
  'preview.refused': {
    ...refused,
    status: 415,
    says: 'There is no preview of {path}: {problem}.',
    advise: 'Download it, and open it with a program that you trust with it.',
  },
} satisfies Record<string, ErrorEntry>
