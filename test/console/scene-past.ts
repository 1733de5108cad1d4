/** What weeks would have written into the catalog. */
import type { FleetAgent } from '../fleet/world.ts'
import type { ConsoleWorld } from './world.ts'

const dayMs = 86_400_000
const accounts = '(select id from accounts limit 1)'
const gib = 2 ** 30

/** Of each machine the newest backup stays where it is, the one before it was a day earlier, and so on. */
export function moveIntoThePast(world: ConsoleWorld): void {
  const daysOf = (table: string) =>
    `(select count(*) from ${table} as later where later.instance_id = moved.instance_id
      and later.id > moved.id) * ${dayMs}`
  // Ids grow with time, so that they keep the order while times are changed one by one.
  const jobs = daysOf('jobs')
  world.write(`update jobs as moved set created_at = created_at - ${jobs},
    available_at = available_at - ${jobs}, started_at = started_at - ${jobs},
    finished_at = finished_at - ${jobs}, updated_at = updated_at - ${jobs}, due_at = due_at - ${jobs}`)
  const versions = daysOf('versions')
  world.write(`update versions as moved set created_at = created_at - ${versions},
    retain_until = retain_until - ${versions}`)
  const before = `(select count(*) from versions as later where later.instance_id = moved.instance_id
    and later.id > moved.version_id) * ${dayMs}`
  world.write(`update points as moved set created_at = created_at - ${before},
    trusted_at = trusted_at - ${before}, retain_until = retain_until - ${before}`)
  world.write(`update instances set created_at = created_at - ${45 * dayMs}`)
}

/** Of the last weeks: what was stored, what was read, how many clients there were. */
export function writeMetering(world: ConsoleWorld, agents: readonly FleetAgent[]): void {
  for (let ago = 1; ago <= 40; ago++) {
    const day = new Date(Date.now() - ago * dayMs).toISOString().slice(0, 10)
    const grown = (40 - ago) * gib
    world.write(`insert into metered_days values (${accounts}, ?, ?)`, day, Date.now())
    for (const [number, { instanceId }] of agents.entries())
      world.write(
        `insert into metering_days select ${accounts}, region_id, id, ?, ?, 'ver-0', ? from instances where id = ?`,
        day,
        (80 + number * 30 - ago) * gib,
        Date.now() - ago * dayMs,
        instanceId,
      )
    for (const [item, quantity] of [
      ['STORAGE_LRS', 120 * gib + grown],
      ['CLIENTS', agents.length],
    ] as const)
      world.write(`insert into metering_usage values (${accounts}, ?, ?, ?)`, day, item, quantity)
  }
}
