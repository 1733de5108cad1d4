/** Names of objects by their ids. */
import { z } from 'zod'
import { nameableId } from '../ids.ts'
import { namedObjects, namesPerCallMax } from '../records/names.ts'
import { json, route } from '../route.ts'
import { readers } from './rights.ts'

export const names = {
  find: route({
    method: 'GET',
    path: '/names',
    summary: 'Names of instances, vaults, users, policies and alert channels by their ids',
    description:
      'An id that is of nothing in the account is left out of the answer: it was deleted, or is of somebody else.',
    query: z.strictObject({ id: z.array(nameableId).min(1).max(namesPerCallMax) }),
    answer: json(namedObjects),
    repeat: 'safe',
    class: { callers: readers, scope: 'read', object: 'account', effect: 'none' },
  }),
} as const
