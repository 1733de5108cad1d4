// The audit log in a browser against a real server (H6, G5): filters, details, the table, and the check of its chain.

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { ids, routeList, routes } from '#contract'
import { readAuditFilter } from '../../src/console/pages/audit/filter.ts'
import { auditDeedsChinese, auditDeedsEnglish } from '../../src/console/words/audit-deeds.ts'
import { tryDayFilter } from './menu.ts'
import { flawsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const hostileName = '<img src=x onerror=alert(1)>'

test('every call that is in the log, and every kind of object, has a word in both languages', () => {
  const calls = routeList
    .filter(({ route }) => route.repeat !== 'safe' || route.class.audited === true)
    .map(({ name }) => name)
  // What the server writes down itself, such as what was done on its command line.
  const own = readdirSync('src/server', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(?:test|contract|fixture)\.ts$/.test(name))
    .flatMap((name) => [
      ...readFileSync(`src/server/${name}`, 'utf8').matchAll(/\baction: '([A-Za-z]+\.[A-Za-z]+)'/g),
    ])
    .map(([, action = '']) => action)
  ok(own.includes('vaults.exportKey'))
  const changing = [...calls, ...own]
  for (const { names, kinds } of [auditDeedsEnglish, auditDeedsChinese]) {
    deepEqual(
      changing.filter((name) => names[name] === undefined),
      [],
    )
    deepEqual(
      Object.keys(ids).filter((kind) => kind !== 'region' && kinds[kind] === undefined),
      [],
    )
  }
  for (const name of Object.keys(auditDeedsEnglish.names))
    notEqual(auditDeedsEnglish.names[name], auditDeedsChinese.names[name])
})

test('of an address only what the server would take is asked for (A20)', () => {
  deepEqual(
    readAuditFilter({ who: ' Ada\u202e ', action: 'x'.repeat(99), result: 'else', from: 1 }),
    {
      who: 'Ada',
      action: 'x'.repeat(64),
    },
  )
  deepEqual(readAuditFilter({ from: '2026-11-22', until: 'now', object: 7, result: 'refused' }), {
    from: '2026-11-22',
    object: '7',
    result: 'refused',
  })
})

describe('the audit log in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page

  before(async () => {
    world = await ConsoleWorld.open()
    const { api } = world.fleet
    const [region] = await Array.fromAsync(api.list(routes.regions.list, {}))
    if (region === undefined) throw new Error('there is a region')
    const body = { regionId: region.regionId, name: hostileName }
    const { instanceId } = await api.call(routes.instances.create, { body })
    await api.call(routes.instances.update, { path: { instanceId }, body: { tags: { a: 'b' } } })
    page = await world.openPage('/audit')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('who did what on what stands there by names, and nothing in it runs (H6, A18)', async () => {
    const row = page.getByRole('row', { name: /Change a machine/ })
    // Its name is asked for when the row is there.
    await row.getByText(/onerror=alert/).waitFor()
    match((await row.textContent()) ?? '', /AdaOwner.*onerror=alert\(1\)>127\.0\.0\.1Done$/)
    await row.click()
    const drawer = page.getByRole('dialog')
    await drawer.getByText('instances.update').waitFor()
    await drawer.getByText(/^i-[0-9a-z]{26}$/).waitFor()
    equal(await page.locator('img[src="x"]').count(), 0)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
  })

  test('filters stand in the address, go together, and are cleared together', async () => {
    await page.getByRole('combobox', { name: 'What' }).click()
    await page.getByRole('option', { name: 'Create a user' }).click()
    await page.getByRole('row', { name: /Change a machine/ }).waitFor({ state: 'detached' })
    equal(await page.getByRole('row').count(), 2)
    await page.getByRole('textbox', { name: 'Who' }).fill('nobody')
    await page.getByText('No entry fits the filters.').waitFor()
    equal(new URL(page.url()).search, '?who=nobody&action=users.create')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('row', { name: /Change a machine/ }).waitFor()
    equal(await page.getByRole('textbox', { name: 'Who' }).inputValue(), '')
    equal(new URL(page.url()).search, '')
  })

  test('a day is typed number by number, and the field keeps the focus until the year is whole', () =>
    tryDayFilter(page, 'First day'))

  test('what was refused is found by its result (H6)', async () => {
    const other = await world.openPage('/audit', { role: 'backupOperator' })
    await other.getByRole('alert').waitFor()
    equal(await other.getByRole('link', { name: 'Audit log' }).count(), 0)
    await other.context().close()
    await page.getByRole('combobox', { name: 'Result' }).click()
    await page.getByRole('option', { name: 'Refused' }).click()
    const row = page.getByRole('row', { name: /backupOperator/ }).first()
    await row.waitFor()
    await row.click()
    await page.getByRole('dialog').getByText('auth.forbidden').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  test('the table has what the filters leave (H6)', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as CSV' }).click(),
    ])
    match(download.suggestedFilename(), /^audit-\d{4}-\d\d-\d\d\.csv$/)
    const [, ...lines] = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n')
    ok(lines.length > 0)
    ok(lines.every((line) => line.includes(',refused,')))
  })

  test('a whole chain is called whole, with the hash to keep; a changed entry is named (A09)', async () => {
    const chain = page.getByRole('region', { name: 'Is the log whole?' })
    await chain.getByRole('button', { name: 'Check the chain' }).click()
    await chain.getByText(/All \d+ entries are as they were written/).waitFor()
    const { head } = await world.fleet.api.call(routes.audit.verify, {})
    await chain.getByText(head).waitFor()
    world.write('drop trigger audit_log_no_update')
    world.write(
      "update audit_log set caller_name = 'nobody' where sequence = 2 and chain <> 'server'",
    )
    await chain.getByRole('button', { name: 'Check again' }).click()
    await chain.getByText('The log was changed past the program.').waitFor()
    await chain.getByText('Entry 2 was changed after it was written.').waitFor()
  })

  for (const [scheme, width] of [
    ['light', 390],
    ['dark', 1280],
  ] as const)
    test(`it fits and reads well, ${scheme}, ${width} px (G6)`, async () => {
      const look = { role: 'auditor', language: 'zh', scheme, width } as const
      const looking = await world.openPage('/audit', look)
      await looking.getByRole('row', { name: /修改实例/ }).waitFor()
      await looking.getByRole('button', { name: '校验日志' }).click()
      await looking.getByText('第 2 条记录在写入之后被修改过。').waitFor()
      deepEqual(await flawsOf(looking), [])
      await looking.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})
