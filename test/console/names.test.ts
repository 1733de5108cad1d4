// Names in lists that carry ids, in any number; and the choice of one machine of many.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { routes } from '#contract'
import { rawWordsIn, textsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

/** More than one call answers names for, and more than a list answers at once. */
const machines = 240
const nameOf = (number: number) => `machine-${String(number).padStart(3, '0')}`
const hourMs = 3_600_000

describe('names of what is known by its id', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page
  const asked: string[] = []

  before(async () => {
    world = await ConsoleWorld.open()
    await addMachines(world)
    page = await world.openPage('/settings')
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/names')) asked.push(request.url())
    })
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('the last machine of a long list has its name as the first has, asked for in few calls', async () => {
    await page.goto(`${world.fleet.address}/alerts`)
    await rowOf(page, machines - 1).waitFor()
    const view =
      "document.querySelector('[role=row]').closest('[tabindex], .mantine-ScrollArea-viewport')"
    for (let tries = 0; tries < 100 && (await rowOf(page, 0).count()) === 0; tries++) {
      await page.evaluate(`${view}.scrollTop = ${view}.scrollHeight`)
      await page.waitForTimeout(100)
    }
    await rowOf(page, 0).waitFor()
    deepEqual(rawWordsIn(await textsOf(page)), [])
    const ids = asked.flatMap((address) => new URL(address).searchParams.getAll('id'))
    equal(new Set(ids).size, ids.length, 'no name is asked for twice')
    ok(asked.length <= machines / 4, `${asked.length} calls for ${ids.length} names`)
  })

  test('a machine that was removed keeps its name, and is said to be removed', async () => {
    const gone = nameOf(machines - 2)
    world.write("update instances set state = 'RELEASED', released_at = 1 where name = ?", gone)
    await page.goto(`${world.fleet.address}/alerts`)
    await page.getByText(`${gone} (removed)`).waitFor()
  })

  test('a target is found among many by typing, and only if its client works (F1)', async () => {
    const own = await world.fleet.addAgent('files-1')
    await world.fleet.addAgent('other-1')
    await world.fleet.firstJob(own)
    const [version] = await world.fleet.versions(own)
    const [point] = version?.points ?? []
    await page.goto(`${world.fleet.address}/points/${point?.vaultId}/${point?.pointId}`)
    await page.getByRole('button', { name: 'Restore everything' }).click()
    const field = page.getByRole('combobox', { name: 'To which machine' })
    await page.waitForFunction(
      `document.querySelector('input[value^="files-1 ("]') !== null`,
      undefined,
    )
    await field.fill('machine-2')
    await page.getByText('No machine with a working client has this').waitFor()
    equal(await page.getByRole('option').count(), 0)
    await field.fill('other')
    await page.getByRole('option', { name: 'other-1', exact: true }).click()
    equal(await field.inputValue(), 'other-1')
    await field.fill('')
    await page.getByRole('option', { name: /^files-1 \(/ }).waitFor()
    await page.keyboard.press('Escape')
    await field.blur()
    equal(await field.inputValue(), 'other-1', 'what was chosen stays')
  })

  test('the console did not complain', () => world.checkNoProblems())
})

function rowOf(page: Page, number: number) {
  return page.getByRole('row', { name: new RegExp(`${nameOf(number)}\\b`) })
}

/** Each with an alert of its own, the last machine's newest. */
async function addMachines(world: ConsoleWorld): Promise<void> {
  const { account } = await world.fleet.api.call(routes.signIn.whoAmI, {})
  const [region] = (await world.fleet.api.call(routes.regions.list, { query: {} })).items
  if (region === undefined) throw new Error('there is a region')
  const at = Date.now() - hourMs
  for (let number = 0; number < machines; number++) {
    const body = { regionId: region.regionId, name: nameOf(number) }
    const { instanceId } = await world.fleet.api.call(routes.instances.create, { body })
    world.write(
      `insert into alerts (id, account_id, kind, level, topic, facts, occurrences, raised_at, last_at, instance_id)
       values (?, ?, 'BACKUP_FAILED', 'critical', ?, '{"problem":"The storage is full."}', 1, ?, ?, ?)`,
      `al-${String(number).padStart(26, '0')}`,
      account.accountId,
      `test:${number}`,
      at + number,
      at + number,
      instanceId,
    )
  }
}
