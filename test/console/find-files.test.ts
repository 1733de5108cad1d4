// Files over all points of a machine, and the history of one (G4), in a browser against a real server with a real agent.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { routes } from '#contract'
import { until } from '../fleet/until.ts'
import type { FleetAgent } from '../fleet/world.ts'
import { settle } from './menu.ts'
import { englishIn, overflowOf, rawWordsIn, seriousFindings, textsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const hostile = '<img src=x onerror="document.title=1">.txt'
/** More than two pages of the API. */
const manyCount = 450
const [firstText, secondText] = ['as it was first\n', 'as it was later, and longer\n']

describe('files over all points in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let agent: FleetAgent
  let page: Page
  let address = ''

  before(async () => {
    world = await ConsoleWorld.open()
    agent = await world.fleet.addAgent('web-1', { fill })
    address = `/instances/${agent.instanceId}`
    await world.fleet.firstJob(agent)
    await world.fleet.backUp(agent)
    writeFileSync(join(agent.source, 'docs/notes.txt'), secondText)
    rmSync(join(agent.source, 'docs/gone.txt'))
    await world.fleet.backUp(agent)
    page = await world.openPage(address)
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('nobody has searched yet: it says what can be found (lesson 9)', async () => {
    await page.getByRole('tab', { name: 'Search files' }).click()
    await page.getByText('Find a file in all backups').waitFor()
    deepEqual(await seriousFindings(page), [])
  })

  test('each path stands once, with its newest backup and in how many it is; what is gone is found as well', async () => {
    await search(page, '*.txt')
    await page.getByText('4 found', { exact: true }).waitFor()
    deepEqual(await pointsOf(page, 'notes.txt'), ['3', '28 B'])
    deepEqual(await pointsOf(page, 'gone.txt'), ['2', '5 B'])
    deepEqual(await seriousFindings(page), [])
    match(page.url(), /pattern=/)
  })

  test('names are text and nothing else, whatever bytes they are (A18)', async () => {
    const shown = page.getByRole('table').getByText(hostile)
    await shown.waitFor()
    equal(await page.locator('main img[src=x]').count(), 0)
    await page.getByRole('table').getByText('caf\\xe9.txt').waitFor()
    await rowOf(page, 'caf\\xe9').getByRole('button').click()
    await page.getByRole('menuitem', { name: 'History of this file' }).click()
    await page.getByRole('heading', { level: 1, name: 'History of caf\\xe9.txt' }).waitFor()
    await page.getByRole('table').getByText('First seen').waitFor()
    await page.goBack()
    await shown.waitFor()
  })

  test('kind, size and time narrow a search, stand in the address, and are cleared together (G4)', async () => {
    const size = page.getByRole('textbox', { name: 'Size: At least' })
    await size.fill('20 b')
    await page.getByText('1 found', { exact: true }).waitFor()
    // As it was first it is smaller: only the newest backup has it so large.
    deepEqual(await pointsOf(page, 'notes.txt'), ['1', '28 B'])
    await size.fill('20 x')
    await page.locator('input[aria-invalid=true]').waitFor()
    match(page.url(), /pattern=.*min=20(\+|%20)b/)
    await page.getByLabel('Changed until').fill('2001-01-01')
    await page.getByText('Nothing was found').waitFor()
    deepEqual(await seriousFindings(page), [])
    const shared = await world.openPage(page.url().slice(world.fleet.address.length))
    await shared.getByText('Nothing was found').waitFor()
    equal(await shared.getByLabel('Changed until').inputValue(), '2001-01-01')
    await shared.context().close()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByText('4 found', { exact: true }).waitFor()
    equal(await size.inputValue(), '')
  })

  test('filters alone find all that meets them, and the field keeps the focus when it is sent', async () => {
    await search(page, '')
    await page.getByText('Find a file in all backups').waitFor()
    await page.getByRole('combobox', { name: 'Kind' }).click()
    await page.getByRole('option', { name: 'Folders' }).click()
    await page.getByText('2 found', { exact: true }).waitFor()
    await rowOf(page, 'docs').waitFor()
    await search(page, 'many')
    await page.getByText('1 found', { exact: true }).waitFor()
    equal(await page.evaluate('document.activeElement.value'), 'many')
    await page.goBack()
    await page.getByText('2 found', { exact: true }).waitFor()
    equal(await fieldOf(page).inputValue(), '')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await search(page, '*.txt')
    await page.getByText('4 found', { exact: true }).waitFor()
  })

  test('a row leads to its folder, as it was in the newest backup that has it', async () => {
    await rowOf(page, 'gone.txt').click()
    await page.getByRole('button', { name: 'Preview gone.txt' }).waitFor()
    await page.getByRole('button', { name: 'Preview notes.txt' }).waitFor()
    await page.goBack()
  })

  test('thousands of results are asked for page by page, and only those in sight are in the page (lesson 10)', async () => {
    await search(page, '*.dat')
    await page.getByText(/found so far/).waitFor()
    ok((await page.getByRole('row').count()) < 80)
    const view = `document.querySelector('.rows-view .mantine-ScrollArea-viewport')`
    const [all, last] = [
      page.getByText(`${manyCount} found`, { exact: true }),
      page.getByRole('table').getByText('f-449.dat'),
    ]
    // The end moves away with each page that comes.
    await until('all are found, and the last is in sight', async () => {
      await page.evaluate(`${view}.scrollTo(0, ${view}.scrollHeight)`)
      return (await all.count()) === 1 && (await last.count()) === 1 ? true : undefined
    })
  })

  test('nothing was found, or the pattern is none: said in words', async () => {
    await search(page, '*.nothing')
    await page.getByText('Nothing was found').waitFor()
    await search(page, 'a//b')
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor()
  })

  test('the history of a file: its states, the newest first, each to be looked at', async () => {
    await search(page, 'notes.txt')
    await rowOf(page, 'notes.txt').getByRole('button').click()
    await page.getByRole('menuitem', { name: 'History of this file' }).click()
    await page.getByRole('heading', { level: 1, name: 'History of notes.txt' }).waitFor()
    const states = await statesOf(page)
    deepEqual(states, ['Changed 28 B', 'First seen 16 B'])
    deepEqual(await seriousFindings(page), [])
    await choose(page, 'First seen', 'Preview')
    const frame = page.frameLocator('iframe')
    equal(await frame.locator('body').textContent(), firstText)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  test('a version of it is downloaded, and another restored', async () => {
    const download = page.waitForEvent('download')
    await choose(page, 'Changed', 'Download')
    const taken = await download
    equal(taken.suggestedFilename(), 'notes.txt')
    equal(readFileSync(await taken.path(), 'utf8'), secondText)
    const place = join(agent.source, 'restored')
    mkdirSync(place)
    await choose(page, 'First seen', 'Restore this one')
    const panel = page.getByRole('dialog')
    await panel.getByPlaceholder('An absolute path').fill(place)
    await panel.getByRole('button', { name: 'See what will happen' }).click()
    await panel.getByText(`1 entry selected will be restored on web-1, into ${place}.`).waitFor()
    await panel.getByRole('button', { name: 'Start the restore' }).click()
    await page.waitForURL(/\/restores\//)
    const restored = await until('it is there', async () =>
      readdirSync(place, { recursive: true, encoding: 'utf8' }).find((name) =>
        /(^|\/)notes\.txt$/.test(name),
      ),
    )
    await page.getByText('Complete', { exact: true }).first().waitFor()
    equal(readFileSync(join(place, restored), 'utf8'), firstText)
  })

  test('in a point each file leads to its history; one that is gone says so', async () => {
    const [newest, , oldest] = await world.fleet.versions(agent)
    const [point] = oldest?.points ?? []
    ok(newest !== undefined && point !== undefined)
    const folder = encodeURIComponent(join(agent.source, 'docs'))
    await page.goto(
      `${world.fleet.address}/points/${point.vaultId}/${point.pointId}?path=${folder}`,
    )
    await page.getByRole('link', { name: 'History of gone.txt' }).click()
    await page.getByRole('heading', { level: 1, name: 'History of gone.txt' }).waitFor()
    deepEqual(await statesOf(page), ['Not there', 'First seen 5 B'])
    equal(await rowOf(page, 'Not there').getByRole('button').count(), 0)
  })

  test('in a point the same filters narrow its search, and opening a folder ends it', async () => {
    const [newest] = await world.fleet.versions(agent)
    const [point] = newest?.points ?? []
    ok(point !== undefined)
    await page.goto(`${world.fleet.address}/points/${point.vaultId}/${point.pointId}`)
    const field = page.getByRole('textbox', { name: 'Search in this point' })
    await page.getByRole('button', { name: 'Filter by kind, size and time' }).click()
    await page.getByRole('combobox', { name: 'Kind' }).click()
    await page.getByRole('option', { name: 'Folders' }).click()
    await page.getByRole('row', { name: /many/ }).waitFor()
    equal(await page.getByRole('row').count(), 3)
    match(page.url(), /kind=directory/)
    await field.fill('ma*')
    await field.press('Enter')
    await page.getByRole('row', { name: /docs/ }).waitFor({ state: 'detached' })
    deepEqual(await seriousFindings(page), [])
    await page.getByRole('row', { name: /many/ }).click()
    await page.getByRole('row', { name: /f-000\.dat/ }).waitFor()
    equal(await field.inputValue(), '')
    equal(await page.getByRole('combobox', { name: 'Kind' }).count(), 1)
  })

  test('a path that no backup knows', async () => {
    await page.goto(`${world.fleet.address}${address}/file?path=%2Fnever%2Fthere`)
    await page.getByText('No backup knows this path').waitFor()
  })

  test('on a phone, in the dark, in Chinese (lesson 10)', async () => {
    const look = { language: 'zh', scheme: 'dark', width: 390 } as const
    const search = `${address}?tab=files&pattern=${encodeURIComponent('*.txt')}`
    const small = await world.openPage(search, look)
    await small.getByText('找到 4 项').waitFor()
    // The filters wait behind a button.
    const size = small.getByRole('textbox', { name: '大小: 不小于' })
    await size.waitFor({ state: 'hidden' })
    await small.getByRole('button', { name: '按类型、大小和时间筛选' }).click()
    await size.waitFor()
    const notes = encodeURIComponent(join(agent.source, 'docs/notes.txt'))
    const paths = [`${address}/file?path=${notes}`, `${address}?tab=files`, `${search}&min=1`]
    for (const path of [undefined, ...paths]) {
      if (path !== undefined) await small.goto(world.fleet.address + path)
      await small.getByRole('heading', { level: 1 }).waitFor()
      await settle(small)
      const texts = await textsOf(small)
      deepEqual(await seriousFindings(small), [])
      deepEqual(await overflowOf(small), [])
      deepEqual(rawWordsIn(texts), [])
      deepEqual(englishIn(texts), [])
    }
    await small.context().close()
  })

  test('who may not see names of files is not offered to search for them (H3)', async () => {
    const other = await world.openPage(address, { role: 'auditor' })
    await other.getByRole('tab', { name: 'Backup jobs' }).waitFor()
    equal(await other.getByRole('tab', { name: 'Search files' }).count(), 0)
    await other.context().close()
  })

  test('of a machine with points in two vaults each version names its vault, the newest first', async () => {
    const { regionId } = await world.fleet.instance(agent)
    const body = { regionId, name: 'The second vault', lock: 'off' } as const
    const { vaultId } = await world.fleet.api.call(routes.vaults.create, { body })
    world.write('update plans set vault_id = ? where instance_id = ?', vaultId, agent.instanceId)
    await world.fleet.backUp(agent)
    const notes = encodeURIComponent(join(agent.source, 'docs/notes.txt'))
    await page.goto(`${world.fleet.address}${address}/file?path=${notes}`)
    await page.getByText('3 versions', { exact: true }).waitFor()
    await rowOf(page, 'The second vault').waitFor()
    deepEqual(await statesOf(page), ['First seen 28 B', 'Changed 28 B', 'First seen 16 B'])
    deepEqual(await seriousFindings(page), [])
    deepEqual(await overflowOf(page), [])
  })

  test('no page complained', () => world.checkNoProblems())
})

function fill(source: string): void {
  for (const folder of ['docs', 'many']) mkdirSync(join(source, folder))
  writeFileSync(join(source, 'docs/notes.txt'), firstText)
  writeFileSync(join(source, 'docs/gone.txt'), 'gone\n')
  writeFileSync(join(source, 'docs', hostile), 'x')
  writeFileSync(
    Buffer.concat([Buffer.from(`${source}/docs/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]),
    'y',
  )
  for (let n = 0; n < manyCount; n++)
    writeFileSync(join(source, 'many', `f-${String(n).padStart(3, '0')}.dat`), String(n))
}

function fieldOf(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Search in all backups of this machine' })
}

async function search(page: Page, pattern: string): Promise<void> {
  const field = fieldOf(page)
  await field.fill(pattern)
  await field.press('Enter')
}

function rowOf(page: Page, text: string): Locator {
  return page.getByRole('row').filter({ hasText: text })
}

/** In how many points, and how large. */
async function pointsOf(page: Page, name: string): Promise<readonly string[]> {
  const cells = await rowOf(page, name).getByRole('cell').allTextContents()
  return cells.slice(2, 4)
}

/** State and size of each version. */
async function statesOf(page: Page): Promise<readonly string[]> {
  await page.getByRole('table').waitFor()
  const rows = await page.locator('.rows > [role=row]').all()
  const cells = await Promise.all(rows.map((row) => row.getByRole('cell').allTextContents()))
  return cells.map((texts) => `${texts[3]} ${texts[5]}`.trim())
}

async function choose(page: Page, state: string, step: string): Promise<void> {
  await rowOf(page, state).getByRole('button').click()
  await page.getByRole('menuitem', { name: step, exact: true }).click()
}
