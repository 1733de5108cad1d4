/** Names of objects by their ids, for lists that carry ids. */
import { z } from 'zod'
import { nameableId } from '../ids.ts'
import type { Decoded } from '../wire/frozen.ts'
import { label } from '../wire/text.ts'

export const namesPerCallMax = 100

export const namedObjects = z
  .object({
    items: z
      .array(
        z.object({
          id: nameableId,
          name: label(254),
          /** It was deleted. Instances, vaults and policies are still known by name then; the others are not. */
          removed: z.boolean(),
        }),
      )
      .max(namesPerCallMax),
  })
  .meta({ id: 'NamedObjects' })
export type NamedObject = Decoded<typeof namedObjects>['items'][number]
