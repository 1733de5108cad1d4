// Metering in a browser against a real server (H5, G5): days, their parts, the bill, the estimate and the table.

import { deepEqual, equal, match } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { routes } from '#contract'
import { daysOf, readRange } from '../../src/console/pages/metering/range.ts'
import { flawsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const gib = 2 ** 30
const hostileName = '<img src=x onerror=alert(1)>'
const account = '(select account_id from instances limit 1)'
/** Of a month that is over. */
const [first, second] = ['2026-05-20', '2026-05-21']

test('of an address only days that there are are taken', () => {
  deepEqual(readRange({ from: first, until: second, range: 'month' }), {
    from: first,
    until: second,
  })
  deepEqual(readRange({ from: '2026-06-31', until: second, range: 'month' }), { range: 'month' })
  deepEqual(readRange({ from: `${first}'--`, range: 'for ever' }), {})
})

test('a preset is whole days of whoever looks, also just after midnight', () => {
  const justAfterMidnight = new Date(2026, 11, 1, 0, 5).getTime()
  deepEqual(daysOf({ range: 'month' }, justAfterMidnight), {
    from: '2026-12-01',
    until: '2026-12-01',
  })
  deepEqual(daysOf({ range: 'lastMonth' }, justAfterMidnight), {
    from: '2026-11-01',
    until: '2026-11-30',
  })
  deepEqual(daysOf({}, new Date(2026, 0, 10, 23, 55).getTime()), {
    from: '2025-12-11',
    until: '2026-01-10',
  })
})

describe('metering in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page

  before(async () => {
    world = await ConsoleWorld.open()
    page = await world.openPage('/metering')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('before the first day it is said when metering begins, and nothing costs anything (H5, lesson 9)', async () => {
    await page.getByText('No day is metered yet').waitFor()
    const estimate = page.getByRole('region', { name: 'What it would cost' })
    await estimate.getByText('Nothing was used in this time.').waitFor()
  })

  test('the estimate comes before anything is activated (H5)', async () => {
    world.write(
      "insert into settings (scope, name, value, updated_at) values ('server', 'tariff', ?, 0)",
      JSON.stringify({ currency: 'CNY', prices: { ESSENTIAL_CAPACITY: '0.02' } }),
    )
    const estimate = page.getByRole('region', { name: 'What it would cost' })
    await estimate.getByLabel('With more block storage, in GiB').fill('130')
    await estimate.getByLabel('Days').fill('10')
    // 130 GiB are 30 beyond the free quota: ten days of them at two fen.
    await estimate.getByText('Total: CN¥6.00').waitFor()
    await estimate.getByText('10 days like today').waitFor()
  })

  test('a day is made of machines and items; 80 and 120 GiB are 100 free and 100 billable (H5)', async () => {
    await fillDays(world)
    await page.goto(`${world.fleet.address}/metering?from=${first}&until=${second}`)
    const row = page.getByRole('row', { name: /20 May 2026/ })
    match((await row.textContent()) ?? '', /200 GiB100 GiB100 GiB2/)
    match((await row.textContent()) ?? '', /Storage, one location: 5 GiB/)
    await row.click()
    const drawer = page.getByRole('dialog', { name: '20 May 2026' })
    await drawer.getByText('Essential capacity: 200 GiB').waitFor()
    await drawer.getByRole('row', { name: /onerror.*80 GiB/ }).waitFor()
    await drawer.getByRole('row', { name: /db-1.*120 GiB/ }).waitFor()
    equal(await page.locator('img[src="x"]').count(), 0)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
  })

  test('the chart shows each item by day, and the bill what its parts cost (H5)', async () => {
    const chart = page.getByRole('img', { name: /Essential capacity from 20 May 2026 to 21 May/ })
    match((await chart.getAttribute('aria-label')) ?? '', /at most 200 GiB/)
    equal(await chart.locator('rect').count(), 4)
    await page.getByRole('combobox', { name: 'Item' }).click()
    await page.getByRole('option', { name: 'Storage, one location' }).click()
    await page.getByRole('img', { name: /Storage, one location .* at most 5 GiB/ }).waitFor()
    const bill = page.getByRole('region', { name: 'Cost of 2 metered days' })
    const essential = bill.getByRole('row', { name: /Essential capacity/ })
    match((await essential.textContent()) ?? '', /280 GiB·days180 GiB·days0 B·days100 GiB·days/)
    await bill.getByText('Total: CN¥2.00').waitFor()
  })

  test('the table of the same days is one click away (H5)', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as CSV' }).click(),
    ])
    equal(download.suggestedFilename(), `metering-${first}-${second}.csv`)
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n')
    equal(lines.length, 1 + 2 + 1 + 1)
  })

  test('another time is chosen and stands in the address; one without days says so', async () => {
    await page.getByRole('combobox', { name: 'Time' }).click()
    await page.getByRole('option', { name: 'Own range' }).click()
    await page.getByLabel('Last day').fill('2026-05-19')
    await page.getByText('The last day is before the first.').waitFor()
    await page.getByLabel('First day').fill('2026-05-01')
    await page.getByText('No metered day in this time').waitFor()
    match(page.url(), /from=2026-05-01&until=2026-05-19/)
  })

  for (const [scheme, width] of [
    ['light', 390],
    ['dark', 1280],
  ] as const)
    test(`it fits and reads well, ${scheme}, ${width} px (G6)`, async () => {
      const look = { role: 'auditor', language: 'zh', scheme, width } as const
      const looking = await world.openPage(`/metering?from=${first}&until=${second}`, look)
      await looking.getByText('2 个计量日的费用').waitFor()
      deepEqual(await flawsOf(looking), [])
      await looking.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

/** What the roll-up writes when a day is over. */
async function fillDays(world: ConsoleWorld): Promise<void> {
  const { api } = world.fleet
  const [region] = await Array.fromAsync(api.list(routes.regions.list, {}))
  if (region === undefined) throw new Error('there is a region')
  const { regionId } = region
  const add = async (name: string) =>
    await api.call(routes.instances.create, { body: { regionId, name } })
  const machines = [
    { machine: await add(hostileName), bytes: 80 * gib },
    { machine: await add('db-1'), bytes: 120 * gib },
  ]
  for (const day of [first, second])
    world.write(
      `insert into metered_days (account_id, day, metered_at) values (${account}, ?, 0)`,
      day,
    )
  for (const { machine, bytes } of machines) meter(world, { ...machine, regionId, bytes }, first)
  const [small] = machines
  if (small !== undefined) meter(world, { ...small.machine, regionId, bytes: small.bytes }, second)
  world.write(
    `insert into metering_usage (account_id, day, item, quantity)
     values (${account}, ?, 'STORAGE_LRS', ?)`,
    first,
    5 * gib,
  )
}

function meter(
  world: ConsoleWorld,
  of: { readonly instanceId: string; readonly regionId: string; readonly bytes: number },
  day: string,
): void {
  world.write(
    `insert into metering_days
       (account_id, region_id, instance_id, day, block_bytes, version_id, version_at)
     values (${account}, ?, ?, ?, ?, 'ver', ?)`,
    of.regionId,
    of.instanceId,
    day,
    of.bytes,
    Date.parse(`${day}T10:00:00Z`),
  )
}
