/** The promises of leases, for every implementation. */
import { ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { LeaseKind, Leases } from './leases.ts'

const signal = new AbortController().signal

/** @param open several handles on the leases of one new vault, as several processes would have them. */
export function leasesContract(name: string, open: () => Promise<() => Leases>): void {
  const refused: readonly (readonly [LeaseKind, LeaseKind])[] = [
    ['owner', 'owner'],
    ['sweep', 'sweep'],
    ['sweep', 'reader'],
    ['reader', 'sweep'],
  ]
  const granted: readonly (readonly [LeaseKind, LeaseKind])[] = [
    ['owner', 'reader'],
    ['owner', 'sweep'],
    ['reader', 'owner'],
    ['reader', 'reader'],
    ['sweep', 'owner'],
  ]

  for (const [first, second] of refused) {
    test(`${name}: while one has ${first}, ${second} is refused at once; afterwards it is given`, async () => {
      const leases = await open()
      const held = await leases().acquire(first, 'the nightly job', signal)
      await rejects(leases().acquire(second, 'another', signal), { code: 'vault.leased' })
      await held.release()
      await (await leases().acquire(second, 'another', signal)).release()
    })
  }

  for (const [first, second] of granted) {
    test(`${name}: ${first} and ${second} go together`, async () => {
      const leases = await open()
      await using _first = await leases().acquire(first, 'one', signal)
      await using second_ = await leases().acquire(second, 'two', signal)
      ok(second_)
    })
  }
  holderPromises(name, open)
}

function holderPromises(name: string, open: () => Promise<() => Leases>): void {
  test(`${name}: the refusal says who holds the vault and since when`, async () => {
    const leases = await open()
    await using _held = await leases().acquire('owner', 'backup of db1 (process 7)', signal)
    await rejects(leases().acquire('owner', 'another', signal), (problem: Error) => {
      ok(problem.message.includes('backup of db1 (process 7)'), problem.message)
      ok(/since \d{4}-\d\d-\d\dT/.test(problem.message), problem.message)
      return true
    })
  })

  test(`${name}: a lease is given back once; the second release does not take it from its next holder`, async () => {
    const leases = await open()
    const held = await leases().acquire('owner', 'one', signal)
    await held.release()
    await using _next = await leases().acquire('owner', 'two', signal)
    await held.release()
    await rejects(leases().acquire('owner', 'three', signal), { code: 'vault.leased' })
  })

  test(`${name}: of eight that ask at once exactly one becomes owner`, async () => {
    const leases = await open()
    const asked = Array.from({ length: 8 }, (_, i) => leases().acquire('owner', `job ${i}`, signal))
    const answers = await Promise.allSettled(asked)
    const given = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    ok(given.length === 1)
    await given[0]?.release()
  })

  test(`${name}: an aborted job gets no lease`, async () => {
    const leases = await open()
    await rejects(leases().acquire('owner', 'one', AbortSignal.abort()), { code: 'job.aborted' })
    await (await leases().acquire('owner', 'two', signal)).release()
  })
}
