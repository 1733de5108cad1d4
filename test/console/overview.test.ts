// The overview (G1) in a browser against a real server: its counts, and all regions or one of them.

import { deepEqual, equal } from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type RegionId, routes } from '#contract'
import type { FleetAgent } from '../fleet/world.ts'
import { flawsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const gib = 2 ** 30
const beijing = 'beijing' as RegionId

describe('the overview of the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page
  let agent: FleetAgent

  before(async () => {
    world = await ConsoleWorld.open()
    agent = await world.fleet.addAgent('web-1')
    await world.fleet.firstJob(agent)
    world.write('update instances set block_bytes = ?', 40 * gib)
    world.write('update versions set block_bytes = ?', 40 * gib)
    page = await world.openPage('/')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  const figures = async () => {
    await page.reload()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    return await shownFigures(page)
  }

  test('its counts are those of G1: 5 / 7, then 8 / 4, then 10 / 4 with two that are gone', async () => {
    const machines = addMachines(world, agent, 11)
    for (const id of machines.slice(0, 4)) addVersion(world, agent, id)
    equal((await figures()).slice(0, 2).join(' / '), '5 / 7')
    for (const id of machines.slice(4, 7)) addVersion(world, agent, id)
    equal((await figures()).slice(0, 2).join(' / '), '8 / 4')
    for (const id of addMachines(world, agent, 2)) {
      addVersion(world, agent, id)
      world.write("update instances set state = 'RELEASED', released_at = 1 where id = ?", id)
    }
    deepEqual((await figures()).slice(0, 3), ['10', '4', '400 GiB'])
    await page.getByText(/^Free quota of all regions: .* used, .* left\. Billable: /).waitFor()
  })

  test('with one region there is nothing to choose, whatever the address says', async () => {
    await page.goto(`${world.fleet.address}/?region=beijing`)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    equal((await shownFigures(page))[0], '10')
    equal(await page.getByRole('combobox', { name: 'Region' }).count(), 0)
  })

  test('one region: figures, attention, jobs and trend are its own, and the address keeps it (G1, H1)', async () => {
    const { api } = world.fleet
    await api.call(routes.regions.create, { body: { regionId: beijing, name: 'Beijing' } })
    const [moved = ''] = addMachines(world, agent, 1)
    addVersion(world, agent, moved)
    world.write(
      "update instances set region_id = 'beijing', block_bytes = ? where id = ?",
      gib,
      moved,
    )
    await lockVault(world)
    meter(world, [agent.instanceId, moved])
    await page.goto(world.fleet.address)
    const choice = page.getByRole('combobox', { name: 'Region' })
    await choice.waitFor()
    equal(await choice.inputValue(), 'All regions')
    equal((await shownFigures(page))[0], '11')
    await page.getByText(/at most 41 GiB/).waitFor()
    await choice.click()
    await page.getByRole('option', { name: 'Beijing' }).click()
    await page.getByText(/at most 1 GiB/).waitFor()
    equal(new URL(page.url()).search, '?region=beijing')
    deepEqual((await shownFigures(page)).slice(0, 3), ['1', '0', '1 GiB'])
    await page.getByRole('region', { name: 'Needs attention' }).getByText(/lock/i).first().waitFor()
    await page.getByRole('region', { name: 'Latest jobs' }).getByText('No backup and no').waitFor()
    equal(await page.getByText(/Free quota of all regions/).count(), 0)
    equal(await page.getByRole('region', { name: 'By region' }).count(), 0)
    await page.reload()
    await choice.and(page.locator('[value="Beijing"]')).waitFor()
    for (const [link, title] of [
      ['All jobs', 'Jobs'],
      ['All alerts', 'Alerts'],
    ] as const) {
      await page.getByRole('link', { name: link }).click()
      await page.getByRole('heading', { name: title, level: 1 }).waitFor()
      equal(new URL(page.url()).searchParams.get('region'), 'beijing')
      await page
        .getByRole('combobox', { name: 'Region' })
        .and(page.locator('[value="Beijing"]'))
        .waitFor()
      equal(await page.getByRole('row', { name: /web-1/ }).count(), 0)
      await page.goBack()
    }
    await page.getByRole('link', { name: /Instances with a backup/ }).click()
    await page.getByRole('heading', { name: 'Instances' }).waitFor()
    equal(new URL(page.url()).searchParams.get('region'), 'beijing')
  })

  test('the other region has its jobs and no alert of this one; the table of regions leads to each', async () => {
    await page.goto(world.fleet.address)
    const table = page.getByRole('region', { name: 'By region' })
    await table.getByRole('link', { name: 'Beijing' }).waitFor()
    const names = await table.getByRole('link').allTextContents()
    const [home = ''] = names.filter((name) => name !== 'Beijing')
    await table.getByRole('link', { name: home }).click()
    await page.getByText('Nothing needs attention').waitFor()
    await page.getByRole('region', { name: 'Latest jobs' }).getByText('web-1').first().waitFor()
    await page.getByText(/at most 40 GiB/).waitFor()
    equal((await shownFigures(page))[0], '10')
  })

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const)
    test(`all of it and one region fit and read well, ${scheme}, ${width} px (G6)`, async () => {
      const looking = await world.openPage('/', { language: 'zh', scheme, width })
      for (const path of ['/', '/?region=beijing', '/?region=nowhere']) {
        await looking.goto(world.fleet.address + path)
        await looking.getByRole('heading', { level: 1 }).waitFor()
        deepEqual(await flawsOf(looking), [])
      }
      await looking.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

async function shownFigures(page: Page): Promise<readonly string[]> {
  const links = page.locator('main a.figure')
  await links.first().waitFor()
  return await links.evaluateAll((all) =>
    all.map((one) => one.lastElementChild?.textContent?.trim() ?? ''),
  )
}

let made = 0
const idOf = (kind: string) => `${kind}-${String(++made).padStart(26, '0')}`

/** Machines like the one that is there. */
function addMachines(world: ConsoleWorld, like: FleetAgent, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    const id = idOf('i')
    addRow(
      world,
      'instances',
      { id: like.instanceId },
      { id, name: id.slice(-2), fingerprint: null },
    )
    return id
  })
}

/** A version like the one of the machine that is there. */
function addVersion(world: ConsoleWorld, like: FleetAgent, instanceId: string): void {
  const facts = { id: idOf('ver'), instance_id: instanceId, plan_id: null, job_id: null }
  addRow(world, 'versions', { instance_id: like.instanceId }, facts)
}

function addRow(
  world: ConsoleWorld,
  table: string,
  like: Readonly<Record<string, string>>,
  facts: Readonly<Record<string, string | null>>,
): void {
  using catalog = new DatabaseSync(join(world.fleet.folder, 'data', 'catalog.db'), {
    timeout: 10_000,
  })
  const [[column = '', value = ''] = []] = Object.entries(like)
  const found = catalog.prepare(`select * from ${table} where ${column} = ?`).get(value)
  const row = { ...found, ...facts }
  const places = Object.keys(row).map(() => '?')
  catalog
    .prepare(`insert into ${table} (${Object.keys(row).join(', ')}) values (${places.join(', ')})`)
    .run(...Object.values(row))
}

/** Raises an alert in the region. */
async function lockVault({ fleet: { api } }: ConsoleWorld): Promise<void> {
  const body = { regionId: beijing, name: 'archive', lock: 'off' } as const
  const { vaultId } = await api.call(routes.vaults.create, { body })
  const path = { vaultId }
  const { confirmation } = await api.call(routes.vaults.proposeLock, {
    path,
    query: { to: 'governed' },
  })
  await api.call(routes.vaults.raiseLock, { path, body: { to: 'governed', confirmation } })
}

/** Two days: 40 GiB of the first machine, 1 GiB of the second. */
function meter(world: ConsoleWorld, machines: readonly string[]): void {
  for (const day of ['2026-09-01', '2026-09-02']) {
    world.write('insert into metered_days select id, ?, 1 from accounts', day)
    for (const [at, instanceId] of machines.entries())
      world.write(
        `insert into metering_days select account_id, region_id, id, ?, ?, 'ver-0', 1 from instances where id = ?`,
        day,
        (at === 0 ? 40 : 1) * gib,
        instanceId,
      )
  }
}
