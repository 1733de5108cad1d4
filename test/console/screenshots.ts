/**
 * Pictures of every page of the console for docs/screenshots, of a real server with real agents: `npm run screenshots`.
 * The machines of the scene have folders in /home, which it makes and removes.
 */
import { appendFileSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { root } from '../house/source-files.ts'
import type { Look } from './browser.ts'
import { menuOf, settle, visit } from './menu.ts'
import { overflowOf } from './page-checks.ts'
import { openScene, type Scene } from './scene.ts'

type Shot = {
  readonly name: string
  readonly path: string
  /** What is done on the page before the picture is taken. */
  readonly steps?: (page: Page) => Promise<void>
}

const folder = process.argv[2] ?? join(root, 'docs/screenshots')
const bytesMax = 200_000

const homes: Readonly<Record<string, string>> = {
  'web-1': '/home/shop',
  'files-1': '/home/office',
  'db-1': '/home/orders',
  'mail-1': '/home/mail',
}

mkdirSync(folder, { recursive: true })
for (const home of Object.values(homes)) mkdirSync(home)
try {
  const folderOf = (name: string) => homes[name] ?? join('/home', name)
  const scene = await openScene({ folderOf, losesOne: true })
  await using world = scene.world
  await takeAll(scene)
  world.checkNoProblems()
} finally {
  for (const home of Object.values(homes)) rmSync(home, { recursive: true })
}

async function takeAll(scene: Scene): Promise<void> {
  const all = shotsOf(scene)
  const named = (...names: readonly string[]) => all.filter(({ name }) => names.includes(name))
  await takeEntry(scene)
  const menu = await take(scene, all, {})
  const missing = menu.filter((address) => !all.some(({ path }) => path === address))
  if (missing.length > 0) throw new Error(`no picture of ${missing.join(', ')}`)
  await take(scene, named('overview', 'instance', 'restore-wizard', 'vault'), { language: 'zh' })
  await take(scene, named('overview', 'browse', 'metering'), { scheme: 'dark' })
  await take(scene, named('overview', 'instances', 'job', 'find-files'), { width: 390 })
}

function shotsOf({ versions, web, files, partial, restore }: Scene): readonly Shot[] {
  const [point] = versions[0]?.points ?? []
  if (point === undefined) throw new Error('there is a point')
  const { vaultId, pointId } = point
  const inside = `/points/${vaultId}/${pointId}`
  const index = encodeURIComponent(join(web.source, 'www/index.html'))
  const button = (name: RegExp) => async (page: Page) =>
    await page.getByRole('main').getByRole('button', { name }).first().click()
  return [
    { name: 'overview', path: '/' },
    { name: 'instances', path: '/instances' },
    { name: 'add-instances', path: '/instances', steps: showLine },
    { name: 'instance', path: `/instances/${web.instanceId}` },
    { name: 'instance-jobs', path: `/instances/${files.instanceId}?tab=jobs` },
    {
      name: 'find-files',
      path: `/instances/${web.instanceId}?tab=files&pattern=*&kind=file&min=1+KiB`,
    },
    { name: 'file-history', path: `/instances/${web.instanceId}/file?path=${index}` },
    { name: 'instance-settings', path: `/instances/${web.instanceId}?tab=settings` },
    { name: 'jobs', path: '/jobs' },
    { name: 'job', path: `/jobs/${partial.jobId}` },
    { name: 'browse', path: inside },
    { name: 'compare', path: inside, steps: button(/^(Compare|比较)/) },
    { name: 'restore-wizard', path: inside, steps: button(/^(Restore everything|全部恢复|恢复)/) },
    { name: 'restore-folder', path: inside, steps: lookForFolder },
    { name: 'restore-foretold', path: inside, steps: (page) => foretell(page, web.source) },
    { name: 'restores', path: '/restores' },
    { name: 'restore', path: `/restores/${restore.restoreJobId}` },
    { name: 'vaults', path: '/vaults' },
    { name: 'vault', path: `/vaults/${vaultId}` },
    { name: 'vault-holds', path: `/vaults/${vaultId}?tab=held` },
    { name: 'alerts', path: '/alerts' },
    { name: 'alert', path: '/alerts', steps: openFirstRow },
    { name: 'channels', path: '/alerts?tab=channels' },
    { name: 'metering', path: '/metering' },
    { name: 'users', path: '/users' },
    { name: 'tokens', path: '/users?tab=tokens' },
    { name: 'audit', path: '/audit' },
    { name: 'settings', path: '/settings' },
    { name: 'settings-security', path: '/settings?tab=security' },
    { name: 'settings-server', path: '/settings?tab=server' },
  ]
}

async function showLine(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add instances' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Show the line' }).click()
  await page.getByRole('dialog').getByLabel('The line to run').waitFor()
}

async function openWizard(page: Page): Promise<Locator> {
  await page.getByRole('main').getByRole('button', { name: 'Restore everything' }).click()
  const wizard = page.getByRole('dialog')
  await wizard.getByRole('textbox', { name: 'The folder' }).waitFor()
  return wizard
}

async function lookForFolder(page: Page): Promise<void> {
  const wizard = await openWizard(page)
  await wizard.getByRole('textbox', { name: 'The folder' }).fill('/home/shop')
  await wizard.getByRole('button', { name: 'Browse…' }).click()
  await wizard.getByRole('row', { name: 'www' }).waitFor()
}

/** Something is different by now from what it was at the backup. */
async function foretell(page: Page, place: string): Promise<void> {
  for (const name of ['README.md', 'nginx/nginx.conf'])
    appendFileSync(join(place, name), 'edited since\n')
  rmSync(join(place, 'www'), { recursive: true })
  const wizard = await openWizard(page)
  await wizard.getByRole('textbox', { name: 'The folder' }).fill(place)
  await wizard.getByRole('radio', { name: 'Replace it' }).check()
  await wizard.getByRole('button', { name: 'See what will happen' }).click()
  await wizard.getByText('nothing was changed so far').waitFor()
}

async function openFirstRow(page: Page): Promise<void> {
  await page.getByRole('row').nth(1).click()
  await page.getByRole('dialog').waitFor()
}

async function takeEntry({ world }: Scene): Promise<void> {
  const page = await world.openNobody('/')
  await page.locator('input[type=password]').waitFor()
  await keep(page, 'sign-in')
  await page.context().close()
}

/** @returns the pages of the menu */
async function take(
  { world }: Scene,
  shots: readonly Shot[],
  look: Look,
): Promise<readonly string[]> {
  const page = await world.openPage('/', look)
  world.write("update users set name = 'Lin Wei' where name = 'owner'")
  const menu = await menuOf(page)
  const suffix = Object.values(look).map((value) => `-${value}`)
  for (const { name, path, steps } of shots) {
    await visit(page, world.fleet.address + path)
    await steps?.(page)
    await settle(page)
    await keep(page, [name, ...suffix].join(''))
  }
  await page.context().close()
  return menu
}

async function keep(page: Page, name: string): Promise<void> {
  const path = join(folder, `${name}.png`)
  await page.mouse.move(0, 0)
  await page.screenshot({ path })
  const wide = await overflowOf(page)
  if (wide.length > 0) console.error(`${name}: ${wide.join('; ')}`)
  const { size } = statSync(path)
  if (size > bytesMax) throw new Error(`${path} has ${size} bytes`)
}
