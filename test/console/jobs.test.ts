// Jobs of all machines and the page of one (G5, D4 to D6), in a browser against a real server with a real agent.

import { deepEqual, equal, match } from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noise } from '../fleet/trees.ts'
import { until } from '../fleet/until.ts'
import type { FleetAgent } from '../fleet/world.ts'
import { tryDayFilter } from './menu.ts'
import { englishIn, overflowOf, rawWordsIn, seriousFindings, textsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const busyName = 'busy <b>file'
const dayMs = 24 * 3_600_000

describe('jobs in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let agent: FleetAgent
  let page: Page

  before(async () => {
    world = await ConsoleWorld.open()
    page = await world.openPage('/jobs')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('an empty list says where jobs come from, and leads there (lesson 9)', async () => {
    await page.getByText('No jobs yet').waitFor()
    await page.getByRole('link', { name: 'To the instances' }).click()
    await page.getByRole('heading', { name: 'Instances' }).waitFor()
    await page.goBack()
  })

  test('the first backup of a machine stands in the list without a reload (G6)', async () => {
    agent = await world.fleet.addAgent('web-1.shanghai.example.com', {
      fill: (source) => writeFileSync(join(source, 'notes'), noise('notes', 200_000)),
    })
    await world.fleet.firstJob(agent)
    const row = page.getByRole('row', { name: /web-1/ })
    await row.getByText('Complete', { exact: true }).waitFor()
    match((await row.textContent()) ?? '', /Backup/)
  })

  test('a job that runs shows how far it is; cancelling says first what is lost (D4)', async () => {
    writeFileSync(join(agent.source, 'large'), noise('large', 12_000_000))
    world.fleet.setPolicy(agent, { limits: { bytesPerSecondMax: 400_000 } })
    const { jobId } = await world.fleet.runNow(agent)
    const row = page.getByRole('row', { name: /web-1/ }).first()
    await row.getByRole('progressbar', { name: /% done/ }).waitFor()
    await row.getByRole('button', { name: 'Cancel the job of web-1' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('This run leaves no version').waitFor()
    await dialog.getByRole('button', { name: 'Let it run' }).click()
    equal((await world.fleet.job(jobId)).state, 'RUNNING', 'nothing happens by being told')
    await row.getByRole('button', { name: 'Cancel the job of web-1' }).click()
    await dialog.getByRole('button', { name: 'Cancel the backup' }).click()
    await row.getByText('Cancelled').waitFor()
    equal((await world.fleet.job(jobId)).state, 'CANCELED')
    world.fleet.setPolicy(agent, {})
    rmSync(join(agent.source, 'large'))
  })

  test('a partial job says what is missing: its list, its table, its point (D6)', async () => {
    await leaveOneUnread(world, agent)
    await page.getByRole('combobox', { name: 'State' }).click()
    await page.getByRole('option', { name: 'Over, with trouble' }).click()
    match(page.url(), /state=trouble/)
    const row = page.getByRole('row', { name: /web-1/ })
    await row.getByText('Partially completed').waitFor()
    await row.getByText('Cancelled').waitFor({ state: 'detached' })
    equal(await row.count(), 1)
    await row.click()
    await page.getByRole('heading', { name: /^Backup of web-1/ }).waitFor()
    await page.getByText('some files are missing, or changed').waitFor()
    const lines = page.getByRole('table', { name: 'Changed while read' })
    await lines.getByText(busyName).waitFor()
    equal(await page.locator('b').count(), 0, 'a name is text and nothing else (A18)')
    const csv = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')
    const table = await page.request.get(world.fleet.address + csv)
    match(await table.text(), /path,reason,detail.*busy/s)
    await page.getByText('Begun by the client').waitFor()
    await page.getByRole('main').getByRole('link', { name: agent.source }).click()
    await page.getByRole('heading', { name: 'Files of web-1' }).waitFor()
  })

  test('crumbs lead back without loading the page anew', async () => {
    await page.goBack()
    await page.evaluate('globalThis.isSamePage = true')
    await page
      .getByRole('main')
      .getByRole('link', { name: /^web-1/ })
      .click()
    await page.getByRole('tab', { name: 'Backup history' }).waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Instances' }).click()
    await page.getByRole('heading', { name: 'Instances' }).waitFor()
    equal(await page.evaluate('globalThis.isSamePage'), true)
  })

  test('restores stand beside backups, and are chosen by their kind', async () => {
    const version = (await world.fleet.versions(agent)).at(-1)
    if (version === undefined) throw new Error('there is a version')
    const place = join(world.fleet.folder, 'restored')
    mkdirSync(place)
    equal((await world.fleet.restore(version, agent, place)).state, 'COMPLETE')
    await page.goto(`${world.fleet.address}/jobs`)
    await page.getByRole('row', { name: /web-1.*Restore/ }).waitFor()
    equal(await page.getByRole('row', { name: /web-1/ }).count(), 4)
    await page.getByRole('radiogroup').getByText('Restores', { exact: true }).click()
    await page.getByRole('row', { name: /web-1.*Backup/ }).waitFor({ state: 'detached' })
    equal(await page.getByRole('link', { name: 'Backups as CSV' }).count(), 0)
    await page.getByRole('row', { name: /web-1/ }).click()
    await page.getByRole('heading', { name: /^Restore to web-1/ }).waitFor()
    await page.getByRole('link', { name: 'The backup that it comes from' }).click()
    await page.getByRole('heading', { name: 'Files of web-1' }).waitFor()
  })

  test('a restore that left files as they were lists them, as a table too (F4, F7)', async () => {
    const version = (await world.fleet.versions(agent)).at(-1)
    if (version === undefined) throw new Error('there is a version')
    const place = join(world.fleet.folder, 'restored')
    const names = readdirSync(place, { recursive: true, encoding: 'utf8' })
    const notes = names.find((name) => name.endsWith('notes'))
    writeFileSync(join(place, notes ?? ''), 'written since')
    const again = await world.fleet.restore(version, agent, place)
    await page.goto(`${world.fleet.address}/restores/${again.restoreJobId}`)
    const lines = page.getByRole('table', { name: 'Left as they were' })
    await lines.getByText('exists already').waitFor()
    const csv = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')
    match(await (await page.request.get(world.fleet.address + csv)).text(), /notes/)
  })

  test('machine and days are chosen, stand in the address, and count for the table (D6)', async () => {
    await page.goto(`${world.fleet.address}/jobs?kind=backup`)
    await page.getByRole('combobox', { name: 'Machine' }).fill('web')
    await page.getByRole('option', { name: 'web-1' }).click()
    await until('the machine is in the address', () =>
      page.url().includes(`instance=${agent.instanceId}`) ? true : undefined,
    )
    await page.getByLabel('From').fill(dayOf(Date.now() - dayMs))
    await page.getByRole('row', { name: /web-1/ }).first().waitFor()
    const csv = await page.getByRole('link', { name: 'Backups as CSV' }).getAttribute('href')
    const table = await (await page.request.get(world.fleet.address + csv)).text()
    equal(table.trim().split('\r\n').length, 4, table)
    await page.getByLabel('Until').fill(dayOf(Date.now() - dayMs))
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('row', { name: /web-1/ }).first().waitFor()
    equal(new URL(page.url()).search, '')
  })

  test('a day is typed number by number, and the field keeps the focus until the year is whole', () =>
    tryDayFilter(page, 'From'))

  test('a job that is not there is told as that, with a way to try again', async () => {
    const looking = await world.openPage(`/jobs/job-${'0'.repeat(26)}`)
    await looking.getByRole('alert').getByText('There is no job').waitFor()
    await looking.context().close()
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`whoever may only look is offered nothing else; ${scheme}, Chinese, on a phone`, async () => {
      const [job] = await world.fleet.jobs(agent)
      const looking = await world.openPage('/jobs', {
        role: 'auditor',
        language: 'zh',
        scheme,
        width: 380,
      })
      await looking.getByRole('row', { name: /部分成功/ }).waitFor()
      deepEqual(await looking.getByRole('button', { name: /^取消 / }).all(), [])
      await checkPage(looking)
      await looking.goto(`${world.fleet.address}/jobs/${job?.jobId}`)
      await looking.getByRole('heading', { name: '日志' }).waitFor()
      await looking.getByRole('table').waitFor()
      await checkPage(looking)
      await looking.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

async function checkPage(page: Page): Promise<void> {
  deepEqual(await seriousFindings(page), [])
  deepEqual(await overflowOf(page), [])
  const texts = await textsOf(page)
  deepEqual(rawWordsIn(texts), [])
  deepEqual(englishIn(texts), [])
}

/** Root can read everything: what cannot be read as of one moment is a file that grows all the while. */
async function leaveOneUnread({ fleet }: ConsoleWorld, agent: FleetAgent): Promise<void> {
  const busy = join(agent.source, busyName)
  writeFileSync(busy, noise('busy', 3_000_000))
  fleet.setPolicy(agent, { limits: { bytesPerSecondMax: 2_000_000 } })
  const timer = setInterval(() => appendFileSync(busy, 'more'), 2)
  try {
    equal((await fleet.backUp(agent)).state, 'PARTIAL_COMPLETE')
  } finally {
    clearInterval(timer)
    rmSync(busy)
    fleet.setPolicy(agent, {})
  }
}

/** As people here write it. */
function dayOf(at: number): string {
  const day = new Date(at)
  const two = (value: number) => `${value}`.padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}
