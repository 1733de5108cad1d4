// The list of instances and the page of one (G2, G3), in a browser against a real server with a real agent.

import { deepEqual, equal, match } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { routes } from '#contract'
import { until } from '../fleet/until.ts'
import type { FleetAgent } from '../fleet/world.ts'
import { typeSlowly } from './menu.ts'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

/** Shows nothing of what it says, if it is text and nothing else (A18). */
const hostileName = '<img src=x onerror=alert(1)>'

describe('instances in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let agent: FleetAgent
  let page: Page
  let database: RunningDatabase

  before(async () => {
    database = new RunningDatabase()
    world = await ConsoleWorld.open()
    page = await world.openPage('/instances')
  })
  after(async () => {
    await world?.[Symbol.asyncDispose]()
    database[Symbol.dispose]()
  })

  test('an empty list teaches, and its one button leads to a line that waits for a machine (A2, lesson 9)', async () => {
    await page.getByText('No machine is protected yet').waitFor()
    await page.getByRole('main').getByRole('button', { name: 'Add instances' }).last().click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('button', { name: 'Show the line' }).click()
    await drawer.getByText('Waiting for the machine to call in').waitFor()
    const line = await drawer.getByLabel('The line to run').textContent()
    match(line ?? '', /install\.sh.*--code [0-9A-Z]{5}(-[0-9A-Z]{5}){3}/)
    match((await drawer.textContent()) ?? '', /Valid for 1[45]m/)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
  })

  test('a machine that joins stands in the list without a reload, and its first backup too (G6)', async () => {
    agent = await world.fleet.addAgent('web-1', {
      fill(source) {
        mkdirSync(join(source, 'docs'))
        for (let i = 0; i < 20; i++) writeFileSync(join(source, `docs/${i}.txt`), `${i}`.repeat(50))
      },
    })
    await page.getByRole('row', { name: /web-1/ }).waitFor()
    const job = await world.fleet.firstJob(agent)
    equal(job.state, 'COMPLETE')
    const row = page.getByRole('row', { name: /web-1/ })
    await row.getByText('Running', { exact: true }).waitFor()
    match((await row.textContent()) ?? '', /ago|now/)
    await row.getByText('Running', { exact: true }).hover()
    await page.getByText('Backed up every day; waiting for the next time.').waitFor()
  })

  test('search and status stand in the address, and what does not fit is left out (G2)', async () => {
    await page.getByRole('textbox', { name: 'Search' }).fill('db-')
    await page.getByText('Nothing matches').waitFor()
    match(page.url(), /search=db-/)
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('row', { name: /web-1/ }).waitFor()
    equal(new URL(page.url()).search, '')
  })

  test('who types one letter after another stays in the field, also when nothing matches, until filters are cleared', async () => {
    for (const name of ['Search', 'Tag']) {
      const field = page.getByRole('textbox', { name })
      await field.focus()
      await typeSlowly(page, 'w', 'z', 'Backspace', 'e', 'b', 'x', 'y')
      equal(await field.inputValue(), 'webxy')
      await page.getByText('Nothing matches').waitFor()
      await typeSlowly(page, ...Array<string>(5).fill('Backspace'), 'w', 'e')
      equal(await field.inputValue(), 'we')
      match(page.url(), new RegExp(`${name === 'Tag' ? 'tag' : 'search'}=we$`))
      await page.getByRole('button', { name: 'Clear filters' }).click()
      await page.getByRole('row', { name: /web-1/ }).waitFor()
      equal(await field.inputValue(), '')
    }
  })

  test('what the server refuses to search for can be taken back (a direction mark in an address)', async () => {
    await page.goto(`${world.fleet.address}/instances?search=%E2%80%AEx`)
    await page.getByRole('textbox', { name: 'Search' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('row', { name: /web-1/ }).waitFor()
  })

  test('many are paused at once, and one is resumed from its menu (C8)', async () => {
    const row = page.getByRole('row', { name: /web-1/ })
    await row.getByRole('checkbox').check()
    await page.getByRole('toolbar').getByRole('button', { name: 'Pause' }).click()
    await row.getByText('Paused').waitFor()
    equal((await world.fleet.instance(agent)).runningStatus, 'PAUSED')
    await row.getByRole('button', { name: 'Actions for web-1' }).click()
    await page.getByRole('menuitem', { name: 'Resume' }).click()
    await row.getByText('Running', { exact: true }).waitFor()
  })

  test('a time that has passed today warns of the skipped backup before it is saved (C2)', async () => {
    const { planId } = await world.fleet.plan(agent)
    const path = { planId }
    // Today's backup is still to come, and the new time is the first minute of the day.
    const body = { timeOfDay: '23:59' }
    await world.fleet.api.call(routes.plans.setNextBackupTime, { path, body })
    await page.getByRole('button', { name: 'Actions for web-1' }).click()
    await page.getByRole('menuitem', { name: 'Next backup time' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Time of day').fill('00:00')
    await dialog.getByText('will be skipped').waitFor()
    const save = dialog.getByRole('button', { name: 'Save' })
    equal(await save.isDisabled(), true)
    await dialog.getByRole('checkbox').check()
    await save.click()
    await dialog.waitFor({ state: 'hidden' })
    equal((await world.fleet.plan(agent)).timeOfDay, '00:00')
  })

  test('cancelling says what is lost and is not to be done by a click (L9)', async () => {
    await page.getByRole('button', { name: 'Actions for web-1' }).click()
    await page.getByRole('menuitem', { name: 'Cancel backups' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 backup point in 1 version.').waitFor()
    await dialog.getByText('Locked: 1.').waitFor()
    const confirm = dialog.getByRole('button', { name: 'Cancel backups' })
    equal(await confirm.isDisabled(), true)
    await dialog.getByRole('textbox').fill('yes')
    equal(await confirm.isDisabled(), true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    equal((await world.fleet.plan(agent)).status, 'ACTIVE')
  })

  test('a row opens the instance: its history, its jobs, its settings (G3)', async () => {
    await page.getByRole('row', { name: /web-1/ }).click()
    await page.getByRole('heading', { name: 'web-1' }).waitFor()
    await page.getByRole('button', { name: /: 1 complete, 0 partial, 0 failed/ }).waitFor()
    const versions = page.getByRole('table', { name: 'Versions' })
    await versions.getByRole('row', { name: /Complete/ }).waitFor()
    await page.getByRole('tab', { name: 'Backup jobs' }).click()
    await page.getByRole('row', { name: /Complete/ }).click()
    await page.getByText('Every file is as it should be.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('tab', { name: 'Settings' }).click()
    await page.getByText('from Essential backup').first().waitFor()
  })

  test('a hostile name is text and nothing else (A18)', async () => {
    await page.getByRole('textbox', { name: 'Name' }).fill(hostileName)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: hostileName }).waitFor()
    equal(await page.locator('img[src="x"]').count(), 0)
    equal((await world.fleet.instance(agent)).name, hostileName)
  })

  test('a version leads to its point (G4)', async () => {
    await page.getByRole('tab', { name: 'Backup history' }).click()
    await page
      .getByRole('table', { name: 'Versions' })
      .getByRole('row', { name: /Complete/ })
      .click()
    const [version] = await world.fleet.versions(agent)
    const [point] = version?.points ?? []
    await until('the point is open', () =>
      page.url().endsWith(`/points/${point?.vaultId}/${point?.pointId}`) ? true : undefined,
    )
  })

  test('who may only look is offered nothing that changes anything (H3)', async () => {
    const { instanceId } = agent
    const looking = await world.openPage(`/instances/${instanceId}?tab=settings`, {
      role: 'auditor',
      language: 'zh',
      scheme: 'dark',
      width: 400,
    })
    await looking.getByText('备份时间').waitFor()
    deepEqual(
      await looking.getByRole('button', { name: /立即备份|修改|暂停|取消备份|吊销/ }).all(),
      [],
    )
    deepEqual(await overflowOf(looking), [])
    await looking.goto(`${world.fleet.address}/instances`)
    await looking.getByRole('row', { name: /运行中/ }).waitFor()
    deepEqual(await looking.getByRole('button', { name: '添加实例' }).all(), [])
    deepEqual(await overflowOf(looking), [])
    await looking.context().close()
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`axe finds nothing serious, ${scheme}`, async () => {
      const seen = await world.openPage('/instances', { scheme })
      await seen.getByRole('row', { name: /Running/ }).waitFor()
      deepEqual(await seriousFindings(seen), [])
      for (const tab of ['history', 'jobs', 'restores', 'settings']) {
        await seen.goto(`${world.fleet.address}/instances/${agent.instanceId}?tab=${tab}`)
        await seen.getByRole('tabpanel').waitFor()
        // It is warned of with more words when it runs (B7).
        if (tab === 'settings') await seen.getByText('running', { exact: true }).first().waitFor()
        deepEqual(await seriousFindings(seen), [])
      }
      await seen.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

/** What a client takes for a Redis that runs: a process of its name in a folder of its files. */
class RunningDatabase implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'))
  readonly #server: ChildProcess

  constructor() {
    const program = join(this.#folder, 'redis-server')
    writeFileSync(join(this.#folder, 'dump.rdb'), '')
    copyFileSync('/bin/sleep', program)
    this.#server = spawn(program, ['600'], { cwd: this.#folder })
  }

  [Symbol.dispose](): void {
    this.#server.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true })
  }
}
