// A server that will be killed: it writes audit events and finishes jobs' worth of rows in transactions, for ever, and says
// after each commit what is durable.
import { addAuditEvent, openCatalog, putSetting, transact } from '#server'
import { catalogPorts } from './catalog-ports.ts'

const [path = ''] = process.argv.slice(2)
await using catalog = await openCatalog({ kind: 'sqlite', path }, catalogPorts)
const account = catalog.newId('account')
for (let number = 1; ; number++) {
  await transact(catalog.db, async (trx) => {
    await putSetting(trx, { scope: 'server', name: 'left', value: number, updatedAt: number })
    await addAuditEvent(trx, {
      id: catalog.newId('audit'),
      at: number,
      accountId: null,
      caller: account,
      callerName: 'child',
      address: '',
      action: 'count',
      target: String(number),
      result: 'done',
      detail: {},
    })
    await putSetting(trx, { scope: 'server', name: 'right', value: number, updatedAt: number })
  })
  process.stdout.write(`${number}\n`)
}
