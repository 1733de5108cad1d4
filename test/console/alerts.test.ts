// Alerts and their channels (H4), in a browser against a real server.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type CallAnswer, routes } from '#contract'
import { until } from '../fleet/until.ts'
import { overflowOf, rawWordsIn, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const hostileName =
  '<img src=x onerror=alert(1)> of a machine whose name is far too long for any list'
const hourMs = 3_600_000

describe('alerts in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page

  before(async () => {
    world = await ConsoleWorld.open()
    page = await world.openPage('/alerts')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('an empty inbox says what will stand there, and leads to the channels (lesson 9)', async () => {
    await page.getByText('No alert so far').waitFor()
    await page.getByRole('button', { name: 'To the channels' }).click()
    await page.getByRole('tab', { name: 'Channels', selected: true }).waitFor()
    match(page.url(), /tab=channels/)
  })

  test('what stands, what is over and what is unread are told apart (H4)', async () => {
    await addAlert(world, { number: 1, machine: 'web-1', endedAt: Date.now() - hourMs })
    await addAlert(world, { number: 2, machine: hostileName })
    await page.getByRole('tab', { name: 'Inbox' }).click()
    await page.reload()
    await page.getByRole('link', { name: 'Alerts 2 unread' }).waitFor()
    const rows = page.getByRole('table', { name: 'Inbox' })
    await rows.getByRole('row', { name: /Backup of web-1 failed.*Over/ }).waitFor()
    await rows.getByRole('row', { name: /Standing/ }).waitFor()
    equal(await page.locator('img[src="x"]').count(), 0)
    await page.getByText('Standing', { exact: true }).first().click()
    await rows.getByRole('row', { name: /web-1/ }).waitFor({ state: 'detached' })
    match(page.url(), /show=standing/)
    await page.getByRole('radiogroup').getByText('Over', { exact: true }).click()
    await rows.getByRole('row', { name: /web-1/ }).waitFor()
    await page.getByRole('radiogroup').getByText('All', { exact: true }).click()
  })

  test('opening an alert says what to do and reads it; the rest is read at once', async () => {
    await page.getByRole('row', { name: /Backup of web-1 failed/ }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByText('The storage is full.').waitFor()
    await drawer.getByText('Nobody besides this inbox.').waitFor()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
    await page.getByRole('link', { name: 'Alerts 1 unread' }).waitFor()
    await page.getByRole('button', { name: 'Mark all as read' }).click()
    await until('all is read', async () =>
      (await unreadOf(world)).length === 0 ? true : undefined,
    )
    await page.getByRole('button', { name: 'Mark all as read' }).waitFor({ state: 'detached' })
  })

  test('the address in a message leads to its alert, which names things and shows no ids (H4)', async () => {
    const { items } = await world.fleet.api.call(routes.alerts.list, { query: { limit: 10 } })
    const alert = items.find(({ title }) => title.includes('web-1'))
    await page.goto(`${world.fleet.address}/alerts/${alert?.alertId}`)
    const drawer = page.getByRole('dialog')
    await drawer.getByText('The storage is full.').waitFor()
    deepEqual(rawWordsIn([(await drawer.textContent()) ?? '']), [])
    equal(new URL(page.url()).pathname, '/alerts')
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
    equal(new URL(page.url()).search, '')
  })

  test('a channel is added, tested, edited and removed; what is secret of it is not shown', async () => {
    await page.getByRole('tab', { name: 'Channels' }).click()
    await page.getByRole('button', { name: 'Add a channel' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Team chat')
    await dialog.getByText('Webhook', { exact: true }).click()
    await dialog
      .getByLabel('Address of the webhook')
      .fill('https://hooks.example.invalid/T0/secret')
    await dialog.getByRole('textbox', { name: 'Secret' }).fill('a signing key of ours')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    const card = page.getByRole('region', { name: 'Team chat' })
    await card.getByText('https://hooks.example.invalid/***').waitFor()
    match((await card.textContent()) ?? '', /signed.*All kinds of alerts/)
    ok(!(await page.content()).includes('T0/secret'))
    await card.getByRole('button', { name: 'Send a test through Team chat' }).click()
    await card.getByText('The test was not delivered.').waitFor()
    await card.getByRole('button', { name: 'Edit Team chat' }).click()
    await dialog.getByLabel('Name').fill('Night chat')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    const changed = (await channelsOf(world)).find(({ name }) => name === 'Night chat')
    equal(changed?.signed, true)
    await page.getByRole('button', { name: 'Remove Night chat' }).click()
    await dialog.getByText('No alert goes to Night chat any more.').waitFor()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('region', { name: 'Night chat' }).waitFor({ state: 'detached' })
  })

  test('a server without mail says so where it matters', async () => {
    await page.getByText('This server has no mail server to send with').waitFor()
  })

  test('who may only look reads nothing for others and changes no channel (H3)', async () => {
    const place = { regionId: 'default', name: 'main' }
    const { vaultId } = await world.fleet.api.call(routes.vaults.create, { body: place })
    await addAlert(world, { number: 3, machine: 'db-1', vaultId })
    const looking = await world.openPage('/alerts', { role: 'auditor', language: 'zh', width: 390 })
    await looking.getByRole('row', { name: /实例 db-1 备份失败/ }).click()
    await looking.getByRole('dialog').getByText('通知情况').waitFor()
    match(
      (await looking.getByRole('link', { name: '查看备份库' }).getAttribute('href')) ?? '',
      /^\/vaults\/v-/,
    )
    equal((await unreadOf(world)).length, 1)
    await looking.goto(`${world.fleet.address}/alerts?tab=channels`)
    await looking.getByText('告警始终会保留').waitFor()
    deepEqual(await looking.getByRole('button', { name: /添加渠道|编辑|删除|测试/ }).all(), [])
    deepEqual(await overflowOf(looking), [])
    await looking.context().close()
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`axe finds nothing serious, ${scheme}`, async () => {
      const seen = await world.openPage('/alerts', { scheme, width: 390 })
      await seen.getByRole('row', { name: /db-1/ }).waitFor()
      deepEqual(await seriousFindings(seen), [])
      deepEqual(await overflowOf(seen), [])
      await seen.getByRole('row', { name: /db-1/ }).click()
      await seen.getByRole('dialog').getByText('The storage is full.').waitFor()
      deepEqual(await seriousFindings(seen), [])
      await seen.goto(`${world.fleet.address}/alerts?tab=channels`)
      await seen.getByRole('button', { name: 'Add a channel' }).first().click()
      await seen.getByRole('dialog').getByLabel('Name').waitFor()
      deepEqual(await seriousFindings(seen), [])
      deepEqual(await overflowOf(seen), [])
      await seen.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

async function addAlert(
  world: ConsoleWorld,
  of: {
    readonly number: number
    readonly machine: string
    readonly endedAt?: number
    readonly vaultId?: string
  },
): Promise<void> {
  const { account } = await world.fleet.api.call(routes.signIn.whoAmI, {})
  const at = Date.now() - 5 * hourMs + of.number
  const facts = { instanceName: of.machine, problem: 'The storage is full.' }
  world.write(
    `insert into alerts (id, account_id, kind, level, topic, facts, occurrences, raised_at, last_at, ended_at, vault_id)
     values (?, ?, 'BACKUP_FAILED', 'critical', ?, ?, 1, ?, ?, ${of.endedAt ?? 'null'}, nullif(?, ''))`,
    `al-${String(of.number).padStart(26, '0')}`,
    account.accountId,
    `test:${of.number}`,
    JSON.stringify(facts),
    at,
    at,
    of.vaultId ?? '',
  )
}

async function unreadOf({ fleet }: ConsoleWorld) {
  return await Array.fromAsync(fleet.api.list(routes.alerts.list, { query: { unread: true } }))
}

type Channel = CallAnswer<typeof routes.channels.update>

async function channelsOf({ fleet }: ConsoleWorld): Promise<readonly Channel[]> {
  return await Array.fromAsync(fleet.api.list(routes.channels.list, {}))
}
