/** Names by ids over both databases, with what was deleted. */
import { deepEqual } from 'node:assert/strict'
import { updateInstance } from './instances/instances.ts'
import { listNames } from './names.ts'
import { addInstance, dayOne, type OpenDatabase, worldTest } from './world.contract.ts'

export function namesContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld('names are found by ids of any kind; what was deleted is told', async (world) => {
    const { catalog, db, accountId, vaultId } = world
    const { id: kept } = await addInstance(catalog, accountId, { name: 'kept' })
    const { id: gone } = await addInstance(catalog, accountId, { name: 'gone' })
    await updateInstance(db, gone, { state: 'RELEASED', releasedAt: dayOne })
    const nothing = [catalog.newId('channel'), catalog.newId('policy'), catalog.newId('user')]
    const found = await listNames(db, accountId, [vaultId, gone, kept, gone, ...nothing])
    deepEqual(
      found.filter(({ id }) => id !== vaultId).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { id: gone, name: 'gone', removed: true },
        { id: kept, name: 'kept', removed: false },
      ],
    )
    deepEqual(
      found.filter(({ id }) => id === vaultId).map(({ removed }) => removed),
      [false],
    )
    const other = catalog.newId('account')
    deepEqual(await listNames(db, other, [vaultId, gone, kept]), [])
  })
}
