// What people do in the console from one end to the other, and by keyboard alone.

import { deepEqual, equal, match } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { fillTree } from '../fleet/trees.ts'
import { until } from '../fleet/until.ts'
import type { FleetAgent } from '../fleet/world.ts'
import { visit } from './menu.ts'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser, patienceMs } from './world.ts'

/** Names of files that would do something, were they anything but text (A18). */
const hostileNames = [
  '<img src=x onerror="document.title=1">.txt',
  '<svg onload=document.title=1>',
  'report\u202etxt.exe',
  'line\nbreak {{7*7}} ${7*7}',
  `${'long '.repeat(45)}name`,
] as const
const hostileFolder = 'gpj\u202eelif'
const lostLimitMs = 180_000

describe('journeys through the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let source: FleetAgent
  let target: FleetAgent
  let lost: FleetAgent

  before(async () => {
    world = await ConsoleWorld.open()
    const { fleet } = world
    source = await fleet.addAgent('web-1', {
      fill(folder) {
        fillTree(folder, 'journeys', 12)
        mkdirSync(join(folder, hostileFolder))
        for (const name of hostileNames) writeFileSync(join(folder, hostileFolder, name), name)
      },
    })
    target = await fleet.addAgent('web-2')
    lost = await fleet.addAgent('mail-1')
    for (const agent of [source, target, lost]) await fleet.firstJob(agent)
    await stopCalling(world, lost)
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('by keyboard alone: sign in, open a machine, back it up, sign out (G6)', async () => {
    const { email, password } = await world.addReader('administrator')
    const page = await world.openNobody('/')
    await tabTo(page, page.locator('input[type=email]'))
    await page.keyboard.type(email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await tabTo(page, page.getByRole('link', { name: 'Instances', exact: true }))
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByRole('row', { name: /web-1/ }))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'web-1' }).waitFor()
    const before = (await world.fleet.jobs(source)).length
    await tabTo(page, page.getByRole('button', { name: 'Back up now' }))
    await page.keyboard.press('Enter')
    const job = await until('a job begins', async () => {
      const jobs = await world.fleet.jobs(source)
      return jobs.length > before ? jobs[0] : undefined
    })
    equal((await world.fleet.jobOver(job.jobId)).state, 'COMPLETE')
    const versions = page.getByRole('table', { name: 'Versions' })
    await versions
      .getByRole('row', { name: /Complete/ })
      .nth(1)
      .waitFor()
    await tabTo(page, page.getByRole('button', { name: 'administrator' }))
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.locator('input[type=password]').waitFor()
    await page.context().close()
  })

  test('files with hostile names are listed, found and chosen, and run nothing (A18)', async () => {
    const page = await world.openPage(await pointOf(world, source))
    const named = async () => (await page.title()).startsWith('Files of ') || undefined
    await until('the page has its name', named)
    const title = await page.title()
    await page.getByText('gpj\\u{202e}elif', { exact: true }).click()
    await page.getByRole('button', { name: 'gpj\\u{202e}elif', exact: true }).waitFor()
    await page.getByRole('row', { name: /onerror/ }).waitFor()
    equal(await page.getByRole('row').count(), 1 + hostileNames.length)
    const shown = (await page.getByRole('table').textContent()) ?? ''
    match(shown, /report\\u\{202e\}txt\.exe/, 'what turns the text around is shown as an escape')
    match(shown, /\{\{7\*7\}\}/)
    deepEqual(await overflowOf(page), [])
    for (const row of await page.getByRole('checkbox').all()) await row.check()
    await page.getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByRole('dialog').getByText('5 entries').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('textbox', { name: /Search/ }).fill('*onerror*')
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /onerror/ }).waitFor()
    equal(await page.locator('img[src="x"]').count(), 0)
    equal(await page.title(), title)
    await page.context().close()
  })

  test('a folder is restored to another machine from the wizard, byte for byte (F1 to F4)', async () => {
    const place = join(world.fleet.folder, 'brought back')
    mkdirSync(place)
    const page = await world.openPage(await pointOf(world, source))
    await page.getByRole('checkbox', { name: 'Select home' }).check()
    await page.getByRole('button', { name: 'Restore', exact: true }).click()
    const wizard = page.getByRole('dialog')
    equal(await wizard.getByRole('button', { name: 'See what will happen' }).isDisabled(), true)
    await wizard.getByRole('combobox', { name: 'To which machine' }).click()
    await page.getByRole('option', { name: 'web-2' }).click()
    await wizard.getByRole('textbox', { name: 'The folder' }).fill(place)
    await wizard.getByRole('button', { name: 'See what will happen' }).click()
    await wizard.getByText(`will be restored on web-2, into ${place}`).waitFor()
    await wizard.getByText('nothing was changed so far').waitFor()
    deepEqual(readdirSync(place), [])
    await wizard.getByText('Nothing stands in the way.').waitFor()
    await wizard.getByRole('button', { name: 'Start the restore' }).click()
    await page.getByRole('heading', { name: /^Restore to web-2/ }).waitFor()
    await page.getByText('Complete', { exact: true }).waitFor()
    await page.getByText('Every file is as it should be.').waitFor()
    const restored = execFileSync('find', [place, '-type', 'd', '-name', 'home'])
    const folder = restored.toString().trim()
    execFileSync('diff', ['-r', '--no-dereference', join(source.source, 'home'), folder])
    await page.context().close()
  })

  test('what a restore would replace is named before it begins, and only that is replaced (F1, F4)', async () => {
    const place = join(world.fleet.folder, 'edited since')
    mkdirSync(place)
    const page = await world.openPage(await pointOf(world, source))
    const open = async () => {
      await page.getByRole('button', { name: 'Restore everything' }).click()
      return page.getByRole('dialog')
    }
    const fill = async (wizard: Locator) => {
      const files = ['large', 'private'].map((name) => join(source.source, name))
      await wizard.getByRole('radio', { name: 'Only the paths of a list' }).check()
      await wizard.getByRole('textbox', { name: 'One path per line' }).fill(files.join('\n'))
      await wizard.getByRole('textbox', { name: 'The folder' }).fill(place)
    }
    const first = await open()
    await fill(first)
    await first.getByRole('button', { name: 'See what will happen' }).click()
    await first.getByRole('button', { name: 'Start the restore' }).click()
    await page.getByText('Every file is as it should be.').waitFor()
    const restored = execFileSync('find', [place, '-type', 'f']).toString().trim().split('\n')
    equal(restored.length, 2)
    await page.goBack()
    await page.getByRole('heading', { name: /^Files of/ }).waitFor()
    equal(await page.getByRole('dialog').count(), 0, 'what was started is not offered again')
    const edited = restored.find((path) => path.endsWith('/private')) ?? ''
    writeFileSync(edited, 'edited since')

    await page.goto(world.fleet.address + (await pointOf(world, source)))
    await open()
    await page.goBack()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: /^Files of/ }).waitFor()
    const second = await open()
    await fill(second)
    await second.getByRole('radio', { name: 'Replace it' }).check()
    await second.getByRole('button', { name: 'See what will happen' }).click()
    await second.getByText('What is replaced is gone').waitFor()
    await second.getByRole('row', { name: /private.*replaced/ }).waitFor()
    equal(readFileSync(edited, 'utf8'), 'edited since')
    await second.getByRole('button', { name: 'Back' }).click()
    await second.getByRole('button', { name: 'See what will happen' }).click()
    await second.getByRole('button', { name: 'Restore, and replace 1 entry' }).click()
    await page.getByRole('tab', { name: 'Replaced (1)', exact: true }).waitFor()
    execFileSync('cmp', [edited, join(source.source, 'private')])
    await page.goto(`${world.fleet.address}/restores`)
    await page.getByRole('row').nth(3).waitFor()
    equal(await page.getByRole('row').count(), 1 + 3, 'dry runs are not among the restores')
    await page.context().close()
  })

  test('paused, resumed, and cancelled by whoever types what the server asks for (C8, L9)', async () => {
    const page = await world.openPage(`/instances/${target.instanceId}`)
    const step = async (name: string) => {
      await page
        .getByRole('main')
        .getByRole('button', { name: /^Actions/ })
        .click()
      await page.getByRole('menuitem', { name }).click()
    }
    await step('Pause')
    await page.getByRole('main').getByText('Paused', { exact: true }).waitFor()
    equal((await world.fleet.plan(target)).status, 'PAUSED')
    await step('Resume')
    await page.getByRole('main').getByText('Running', { exact: true }).waitFor()
    await step('Cancel backups')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 backup point in 1 version.').waitFor()
    const asked = (await dialog.locator('code').textContent()) ?? ''
    await dialog.getByRole('textbox').fill(asked)
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await until('the plan is over', async () => {
      const { runningStatus } = await world.fleet.instance(target)
      return runningStatus === 'NOT_ACTIVATED' ? true : undefined
    })
    await page
      .getByRole('main')
      .getByText('Running', { exact: true })
      .waitFor({ state: 'detached' })
    equal((await world.fleet.versions(target)).length, 1, 'what is locked stays')
    await page.context().close()
  })

  test('a machine that calls in no more is shown wherever one looks (A5, G1)', async () => {
    await until(
      'the client is given up',
      async () =>
        (await world.fleet.instance(lost)).client.status === 'UNKNOWN' ? true : undefined,
      lostLimitMs,
    )
    const page = await world.openPage('/')
    const attention = page.getByRole('region', { name: 'Needs attention' })
    await attention.getByRole('link', { name: /No contact with mail-1/ }).waitFor({
      timeout: 3 * patienceMs,
    })
    deepEqual(await seriousFindings(page), [])
    await attention.getByRole('link', { name: /No contact with mail-1/ }).click()
    await page.getByRole('heading', { name: 'mail-1' }).waitFor()
    await page.getByRole('main').getByText('No contact', { exact: true }).waitFor()
    await visit(page, `${world.fleet.address}/instances`)
    await page
      .getByRole('row', { name: /mail-1/ })
      .getByText('No contact')
      .waitFor()
    await page.context().close()
  })

  test('no page complained', () => world.checkNoProblems())
})

/** Goes there by the Tab key; whoever is not on the way cannot be used without a mouse. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor()
  for (let step = 0; step < 60; step++) {
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${wanted} is not reached by keyboard`)
}

async function pointOf({ fleet }: ConsoleWorld, agent: FleetAgent): Promise<string> {
  const [version] = await fleet.versions(agent)
  const [point] = version?.points ?? []
  if (point === undefined) throw new Error('there is a point')
  return `/points/${point.vaultId}/${point.pointId}`
}

/** Its process is gone, and it was last heard from hours ago. */
async function stopCalling(world: ConsoleWorld, agent: FleetAgent): Promise<void> {
  await agent.process.end('SIGKILL')
  const hoursAgo = Date.now() - 3 * 3_600_000
  world.write('update clients set heard_at = ? where instance_id = ?', hoursAgo, agent.instanceId)
}
