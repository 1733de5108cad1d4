/** The part of the catalogue of errors that jobs end with, and what an agent is told that is not the one it says. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 409 } as const
const unavailable = { kind: 'unavailable', exit: 1, status: 503 } as const

export const jobCatalogue = {
  'agent.other-machine': {
    ...refused,
    status: 403,
    says: 'The identity of the client {client} comes from another machine, or twice from one.',
    advise:
      'Revoke it if it was stolen. A machine that was cloned or rebuilt is activated with a new code.',
  },
  'job.abandoned': {
    ...unavailable,
    says: 'The client was lost while it worked at the job, and did not come back to it.',
    advise: 'See why the client is away; the next run uses what was stored.',
  },
  'job.no-points': {
    ...unavailable,
    says: 'The client ended the backup, but no backup point of it is in the vault.',
    advise: 'Run it again; when that repeats, upgrade the client and see its log.',
  },
  'job.points-missing': {
    ...unavailable,
    says: 'No backup point was made of {missing}.',
    advise:
      'What else the job was to back up is in the version. See the report, then run it again.',
  },
  'job.request-invalid': {
    ...refused,
    says: 'What the job asks for cannot be given to a client: {problem}.',
    advise: 'Change the plan or the restore and start it again.',
  },
  'job.refused-by-client': {
    ...refused,
    says: 'The client refused the job: {problem}',
    advise: 'See the local policy of that machine, /etc/holdfast/agent.json.',
  },
  'restore.other-region': {
    ...refused,
    says: 'The vault is in the region {from}, the target {instance} in {to}.',
    advise: 'Restore from a mirror vault in the region of the target, or choose another target.',
  },
} satisfies Record<string, ErrorEntry>
