import { rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { leasesContract } from '../leases.contract.ts'
import { memoryClock } from './memory-clock.ts'
import { memoryLeases } from './memory-leases.ts'

const signal = new AbortController().signal

leasesContract('memory leases', async () => {
  const leases = memoryLeases(memoryClock())
  return () => leases
})

test('F02: leases of a process that died are free, those of the living are not', async () => {
  const leases = memoryLeases(memoryClock())
  await leases.acquire('owner', 'one', signal)
  await leases.acquire('reader', 'two', signal)
  leases.drop('one')
  await leases.acquire('owner', 'three', signal)
  await rejects(leases.acquire('sweep', 'three', signal), { code: 'vault.leased' })
  leases.drop()
  await leases.acquire('sweep', 'four', signal)
})
