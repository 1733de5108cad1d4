// The real clock and real chance, as the composition of the server gives them to its catalog.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CatalogPorts } from '#server'

export const catalogPorts: CatalogPorts = {
  wallMs: () => Date.now(),
  random: (length) => new Uint8Array(randomBytes(length)),
  sleep: (milliseconds) => sleep(milliseconds),
  report: (problem) => {
    throw problem
  },
}
