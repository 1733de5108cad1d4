// Who is told of the alerts of one machine and of one vault (H4), chosen in a browser against a real server.

import { deepEqual, equal } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type ChannelId, routes } from '#contract'
import type { FleetAgent } from '../fleet/world.ts'
import { flawsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

describe('the choice of who is told of alerts', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page
  let agent: FleetAgent
  let night: ChannelId
  let settings: string
  let vaultPage: string

  before(async () => {
    world = await ConsoleWorld.open()
    const { fleet } = world
    agent = await fleet.addAgent('web-1')
    await fleet.firstJob(agent)
    night = await addChannel(world, 'night')
    await addChannel(world, 'everybody')
    const { vaultId } = await fleet.instance(agent)
    settings = `${fleet.address}/instances/${agent.instanceId}?tab=settings`
    vaultPage = `${fleet.address}/vaults/${vaultId}`
    page = await world.openPage('/')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  const part = (on = page) => on.getByRole('region', { name: 'Alerts' })
  const choose = async (name: string) => {
    await page.getByRole('combobox', { name: 'Who is told of alerts' }).click()
    await page.getByRole('option', { name }).click()
  }
  const ofMachine = async () => {
    const { client } = await world.fleet.instance(agent)
    return [client.alertSetting, client.alertChannelIds]
  }

  test('a machine has what its vault has, and says what that is', async () => {
    await page.goto(settings)
    await part().getByText('Its vault has: All channels.').waitFor()
    deepEqual(await ofMachine(), ['inherit', []])
  })

  test('some channels are chosen by name; none is no choice', async () => {
    await choose('Only some channels')
    await part().getByText('Choose at least one.').waitFor()
    equal(await part().getByRole('button', { name: 'Save' }).count(), 0)
    await part().getByRole('checkbox', { name: 'night' }).check()
    await part().getByRole('button', { name: 'Save' }).click()
    await part().getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' })
    deepEqual(await ofMachine(), ['custom', [night]])
  })

  test('whoever may only look sees the same in words, in Chinese too', async () => {
    const auditor = await world.openPage('/', { role: 'auditor' })
    await auditor.goto(settings)
    await part(auditor).getByText('Only night').waitFor()
    equal(await part(auditor).getByRole('combobox').count(), 0)
    await auditor.context().close()
    const chinese = await world.openPage('/', { language: 'zh', width: 390 })
    await chinese.goto(settings)
    const who = chinese.getByRole('region', { name: '告警' }).getByRole('combobox')
    equal(await who.inputValue(), '仅部分渠道')
    deepEqual(await flawsOf(chinese), [])
    await chinese.context().close()
  })

  test('a channel that is off is marked, and one that is gone counts no more', async () => {
    const change = (body: object) =>
      world.fleet.api.call(routes.channels.update, { path: { channelId: night }, body })
    await change({ enabled: false })
    await page.goto(settings)
    await part().getByRole('checkbox', { name: 'night (turned off)', checked: true }).waitFor()
    await part().getByText('What is chosen is turned off').waitFor()
    await world.fleet.api.call(routes.channels.remove, { path: { channelId: night } })
    await page.goto(settings)
    await part().getByText('Choose at least one.').waitFor()
    equal(await part().getByRole('checkbox', { checked: true }).count(), 0)
    const auditor = await world.openPage('/', { role: 'auditor' })
    await auditor.goto(settings)
    await part(auditor).getByText('All channels: those that were chosen were removed').waitFor()
    await auditor.context().close()
  })

  test('saving one thing of a vault takes back nothing that others changed meanwhile', async () => {
    await page.goto(vaultPage)
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Description' }).fill('of the lawyers')
    const { vaultId } = await world.fleet.instance(agent)
    const path = { vaultId: vaultId ?? '' }
    const body = { alertSetting: 'off', tags: { team: 'law' } } as const
    await world.fleet.api.call(routes.vaults.update, { path, body })
    await page.getByText('team=law').waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    const after = await world.fleet.api.call(routes.vaults.get, { path })
    deepEqual(
      [after.description, after.alertSetting, after.tags],
      ['of the lawyers', 'off', { team: 'law' }],
    )
    await world.fleet.api.call(routes.vaults.update, { path, body: { alertSetting: 'account' } })
  })

  test('a vault whose channels are gone can be changed in other ways', async () => {
    const other = await addChannel(world, 'late')
    const { vaultId } = await world.fleet.instance(agent)
    const path = { vaultId: vaultId ?? '' }
    const body = { alertSetting: 'custom', alertChannelIds: [other] } as const
    await world.fleet.api.call(routes.vaults.update, { path, body })
    await world.fleet.api.call(routes.channels.remove, { path: { channelId: other } })
    await page.goto(vaultPage)
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Choose at least one.').waitFor()
    await dialog.getByRole('textbox', { name: 'Description' }).fill('of nobody')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    equal((await world.fleet.api.call(routes.vaults.get, { path })).description, 'of nobody')
  })

  test('a vault that tells nobody says so, and so do the machines that do as it does', async () => {
    await page.goto(vaultPage)
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await choose('Nobody')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('Nobody', { exact: true }).waitFor()
    await page.goto(settings)
    await choose('As its vault has it')
    await part().getByText('Its vault has: Nobody.').waitFor()
    await part().getByRole('button', { name: 'Save' }).click()
    await part().getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' })
    deepEqual(await ofMachine(), ['inherit', []])
  })

  test('no page complained', () => world.checkNoProblems())
})

async function addChannel({ fleet }: ConsoleWorld, name: string): Promise<ChannelId> {
  const target = { kind: 'email', to: [`${name}@example.com`] } as const
  const { channelId } = await fleet.api.call(routes.channels.create, { body: { name, target } })
  return channelId
}
