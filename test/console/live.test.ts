// What others change shows on the pages that are open, without a reload (G6).

import { equal } from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { routes } from '#contract'
import { noise } from '../fleet/trees.ts'
import type { FleetAgent } from '../fleet/world.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

/** Two seconds, on a machine that has nothing else to do; pages ask by themselves only once a minute. */
const soon = { timeout: 10_000 }

describe('pages that are open', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let agent: FleetAgent
  const pages = new Map<string, Page>()
  const open = async (path: string): Promise<Page> => {
    const page = pages.get(path) ?? (await world.openPage(path))
    pages.set(path, page)
    return page
  }
  const plan = async () => ({ path: { planId: (await world.fleet.plan(agent)).planId } })

  before(async () => {
    world = await ConsoleWorld.open()
    agent = await world.fleet.addAgent('web-1', {
      fill: (source) => writeFileSync(join(source, 'notes'), noise('notes', 200_000)),
    })
    await world.fleet.firstJob(agent)
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('a backup that begins and ends shows on the overview, in both lists and on the machine', async () => {
    const overview = await open('/')
    const latest = overview.getByRole('region', { name: 'Latest jobs' })
    const instances = await open('/instances')
    const machine = await open(`/instances/${agent.instanceId}`)
    const jobs = await open('/jobs')
    await latest.getByText('Complete', { exact: true }).waitFor()
    await instances.getByRole('row', { name: /web-1/ }).waitFor()
    await machine.getByRole('heading', { name: 'web-1' }).waitFor()
    await jobs.getByRole('row', { name: /web-1/ }).waitFor()
    appendFileSync(join(agent.source, 'notes'), noise('more', 12_000_000))
    world.fleet.setPolicy(agent, { limits: { bytesPerSecondMax: 1_000_000 } })
    const { jobId } = await world.fleet.runNow(agent)
    // At once: on a busy machine the backup may be over before one look after the other has been taken.
    await Promise.all([
      latest.getByText('Running', { exact: true }).waitFor(soon),
      jobs.getByRole('row', { name: /web-1/ }).first().getByRole('progressbar').waitFor(soon),
      instances
        .getByRole('row', { name: /web-1/ })
        .getByText(/^Backing up/)
        .waitFor(soon),
      machine.getByRole('progressbar').first().waitFor(soon),
    ])
    world.fleet.setPolicy(agent, {})
    await world.fleet.jobOver(jobId)
    await latest.getByText('Running', { exact: true }).waitFor({ state: 'detached', ...soon })
    await jobs
      .getByRole('progressbar')
      .first()
      .waitFor({ state: 'detached', ...soon })
    const row = instances.getByRole('row', { name: /web-1/ })
    await row.getByText(/^Backing up/).waitFor({ state: 'detached', ...soon })
    await machine
      .getByRole('progressbar')
      .first()
      .waitFor({ state: 'detached', ...soon })
  })

  test('a plan that somebody else pauses and resumes', async () => {
    const instances = await open('/instances')
    const machine = await open(`/instances/${agent.instanceId}`)
    await world.fleet.api.call(routes.plans.pause, await plan())
    for (const page of [instances, machine])
      await page.getByRole('main').getByText('Paused', { exact: true }).first().waitFor(soon)
    await world.fleet.api.call(routes.plans.resume, await plan())
    for (const page of [instances, machine])
      await page
        .getByRole('main')
        .getByText('Paused', { exact: true })
        .first()
        .waitFor({ state: 'detached', ...soon })
  })

  test('a machine that somebody else names or tags', async () => {
    const instances = await open('/instances')
    const machine = await open(`/instances/${agent.instanceId}`)
    const { instanceId } = agent
    const body = { name: 'web-2', tags: { team: 'shop' } }
    await world.fleet.api.call(routes.instances.update, { path: { instanceId }, body })
    await instances.getByRole('row', { name: /web-2/ }).waitFor(soon)
    await machine.getByRole('heading', { name: 'web-2' }).waitFor(soon)
  })

  test('a vault that somebody else makes and renames', async () => {
    const vaults = await open('/vaults')
    await vaults.getByRole('table').waitFor()
    const { regionId } = await world.fleet.instance(agent)
    const { api } = world.fleet
    const { vaultId } = await api.call(routes.vaults.create, { body: { regionId, name: 'first' } })
    await vaults.getByRole('row', { name: /first/ }).waitFor(soon)
    const vault = await open(`/vaults/${vaultId}`)
    await vault.getByRole('heading', { name: 'first' }).waitFor()
    await api.call(routes.vaults.update, { path: { vaultId }, body: { name: 'renamed' } })
    await vaults.getByRole('row', { name: /renamed/ }).waitFor(soon)
    await vault.getByRole('heading', { name: 'renamed' }).waitFor(soon)
  })

  test('an alert that is raised, and read by somebody else', async () => {
    const overview = await open('/')
    const alerts = await open('/alerts')
    const unread = overview.getByRole('navigation').getByRole('img', { name: /unread/ })
    const { api } = world.fleet
    const { regionId } = await world.fleet.instance(agent)
    const made = { regionId, name: 'to lock', lock: 'off' } as const
    const { vaultId } = await api.call(routes.vaults.create, { body: made })
    const path = { vaultId }
    const query = { to: 'governed' } as const
    const { confirmation } = await api.call(routes.vaults.proposeLock, { path, query })
    await api.call(routes.vaults.raiseLock, { path, body: { ...query, confirmation } })
    await alerts.getByRole('row', { name: /to lock/ }).waitFor(soon)
    await unread.waitFor(soon)
    await overview
      .getByRole('region', { name: 'Needs attention' })
      .getByText(/to lock/)
      .waitFor(soon)
    await api.call(routes.alerts.markAllRead, { body: { until: new Date().toISOString() } })
    await unread.waitFor({ state: 'detached', ...soon })
  })

  test('no page complained', () => world.checkNoProblems())

  // The browser itself complains of what cannot be fetched from here on.
  test('what the server refuses is not asked for again and again: each time is an entry of its log', async () => {
    const page = await world.openPage('/restores')
    await page.clock.install()
    let asked = 0
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/restore-jobs/')) asked++
    })
    await page.goto(`${world.fleet.address}/restores/r-${'0'.repeat(26)}`)
    await page.getByText('There is no', { exact: false }).waitFor(soon)
    const before = asked
    await page.clock.runFor(60_000)
    equal(asked, before)
    await page.context().close()
  })

  test('a server that is away for a while: pages keep what they show and say so, and go on', async () => {
    const machine = await open(`/instances/${agent.instanceId}`)
    const heading = (name: string) => machine.getByRole('heading', { name, exact: true })
    const away = machine.getByText('The server does not answer.')
    await heading('web-2').waitFor(soon)
    await world.fleet.server.end('SIGTERM')
    await away.waitFor(soon)
    equal(await heading('web-2').isVisible(), true)
    await world.fleet.startServer()
    await away.waitFor({ state: 'detached', timeout: 30_000 })
    const body = { name: 'web-3' }
    const { api } = world.fleet
    await api.call(routes.instances.update, { path: { instanceId: agent.instanceId }, body })
    await heading('web-3').waitFor(soon)
  })
})
