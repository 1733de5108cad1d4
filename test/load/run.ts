// `npm run load -- --agents 1000 --minutes 15 --backups 8 [--catalog postgres] [--profile FOLDER]`: see load-run.ts.

import { parseArgs } from 'node:util'
import { startPostgres, whyNoPostgres } from '../catalog/private-postgres.ts'
import { findShortfalls } from './judge.ts'
import { runLoad } from './load-run.ts'

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '15' },
    spread: { type: 'string', default: '' },
    backups: { type: 'string', default: '8' },
    megabytes: { type: 'string', default: '200' },
    catalog: { type: 'string', default: 'sqlite' },
    'only-scheduled': { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const began = performance.now()
const tell = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`)

await using ends = new AsyncDisposableStack()
const report = await runLoad(
  {
    agents: Number(values.agents),
    minutes,
    // The rest is for the changing of the plans before, and for the last backups.
    spreadMinutes: values.spread === '' ? Math.max(1, minutes - 4) : Number(values.spread),
    backups: Number(values.backups),
    treeBytes: Number(values.megabytes) * 2 ** 20,
    catalog: values.catalog === 'postgres' ? await ownPostgres() : values.catalog,
    onlyScheduled: values['only-scheduled'],
    profile: values.profile,
  },
  tell,
)
console.log(JSON.stringify(report, undefined, 2))
const shortfalls = findShortfalls(report)
for (const sentence of shortfalls) console.log(`falls short: ${sentence}`)
process.exitCode = shortfalls.length === 0 ? 0 : 1

async function ownPostgres(): Promise<string> {
  const why = whyNoPostgres()
  if (why !== undefined) throw new Error(why)
  const postgres = await startPostgres()
  ends.defer(() => postgres.stop())
  return await postgres.createDatabase()
}
