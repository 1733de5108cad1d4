/** How help names an instance. */
import type { ArgumentSpec } from '../command.ts'

const about = 'its name, its host name, an address, or the first digits of its id'

export const oneInstance: ArgumentSpec = { name: 'INSTANCE', about, count: 'one' }
export const someInstances: ArgumentSpec = { name: 'INSTANCE', about, count: 'some' }
