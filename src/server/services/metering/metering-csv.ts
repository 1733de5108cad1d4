/** What was metered as a table for other programs: a line for each instance of a day, and for each item of policies (H5). */
import type { AccountId } from '#contract'
import {
  type CatalogDb,
  listInstanceNames,
  listMeteringDays,
  sumMeteredDays,
} from '../../catalog/index.ts'
import { csvBytes, csvLine } from '../../csv.ts'
import type { ByteReply } from '../../handler.ts'
import type { DateRange } from './metering-days.ts'

const columns = ['day', 'item', 'region', 'instance', 'instance name', 'quantity', 'measured at']
const ofInstances = 'ESSENTIAL_CAPACITY'

export function meteringCsv(db: CatalogDb, accountId: AccountId, range: DateRange): ByteReply {
  return {
    content: csvBytes(meteringLines(db, accountId, range)),
    media: 'text/csv; charset=utf-8',
    fileName: `metering-${range.first}-${range.last}.csv`,
  }
}

async function* meteringLines(
  db: CatalogDb,
  accountId: AccountId,
  range: DateRange,
): AsyncGenerator<string> {
  yield csvLine(columns)
  const sums = await sumMeteredDays(db, accountId, range)
  for (const day of [...new Set(sums.map((sum) => sum.day))].toSorted()) {
    // One day at a time: a year of many instances needs no more memory than a day of them.
    const rows = await listMeteringDays(db, accountId, { first: day, last: day })
    const names = await listInstanceNames(
      db,
      rows.map(({ instanceId }) => instanceId),
    )
    for (const { regionId, instanceId, blockBytes, versionAt } of rows) {
      const name = names.get(instanceId) ?? ''
      const measured = new Date(versionAt).toISOString()
      yield csvLine([day, ofInstances, regionId, instanceId, name, blockBytes, measured])
    }
    for (const sum of sums) {
      if (sum.day !== day || sum.item === ofInstances) continue
      yield csvLine([day, sum.item, '', '', '', String(sum.quantity), ''])
    }
  }
}
