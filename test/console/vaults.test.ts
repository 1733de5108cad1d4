// Vaults in a browser against a real server (E1, E3, G5): their locks, their points, holds, and the end of a vault.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Point, routes, tierSentences, type Vault, type VaultId } from '#contract'
import { typeSlowly } from './menu.ts'
import { flawsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const hostileName = '<img src=x onerror=alert(1)>'
const hostileReason = `<b>case 12</b> ${'x'.repeat(200)}`

describe('vaults in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page
  let essential: Vault
  let point: Point
  let made: VaultId

  const vault = (vaultId: VaultId) => world.fleet.api.call(routes.vaults.get, { path: { vaultId } })

  before(async () => {
    world = await ConsoleWorld.open()
    page = await world.openPage('/vaults')
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('an empty list teaches, and its button makes a vault that is found by its name (E3, lesson 9)', async () => {
    await page.getByText('No vault yet').waitFor()
    await page.getByRole('main').getByRole('button', { name: 'Create a vault' }).last().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill(hostileName)
    await dialog.getByText('It is kept in the storage “default”').waitFor()
    await dialog.getByLabel('Shortest retention, in days').fill('1')
    await dialog.getByLabel('Quota, in GiB').fill('2')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: hostileName, level: 1 }).waitFor()
    made = page.url().split('/').at(-1) as VaultId
    const { name, lock, quotaBytes, retentionDaysMin } = await vault(made)
    deepEqual(
      { name, lock: lock.state, quotaBytes, retentionDaysMin },
      { name: hostileName, lock: 'governed', quotaBytes: 2 ** 31, retentionDaysMin: 1 },
    )
    await page.goto(`${world.fleet.address}/vaults`)
    await page.getByRole('row', { name: /onerror/ }).waitFor()
    equal(await page.locator('img[src="x"]').count(), 0)
    await page.getByRole('textbox', { name: 'Search' }).fill('not there')
    await page.getByText('Nothing matches').waitFor()
    match(page.url(), /search=not/)
  })

  test('who types one letter after another stays in the field of the search', async () => {
    await page.goto(`${world.fleet.address}/vaults`)
    const field = page.getByRole('textbox', { name: 'Search' })
    await field.focus()
    await typeSlowly(page, 'z', 'q', 'Backspace', 'Backspace', 'o', 'n')
    equal(await field.inputValue(), 'on')
    await page.getByRole('row', { name: /onerror/ }).waitFor()
    await page.goto(`${world.fleet.address}/vaults?search=on`)
    equal(await field.inputValue(), 'on')
    await page.getByRole('button', { name: 'Clear' }).click()
    equal(await field.inputValue(), '')
    await page.waitForURL((url) => url.search === '')
  })

  test('a lock for good is not to be chosen by a slip (L1, L2)', async () => {
    await page.goto(`${world.fleet.address}/vaults`)
    await page.getByRole('button', { name: 'Create a vault' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('for good')
    await dialog.getByRole('combobox', { name: 'Lock' }).click()
    await page.getByRole('option', { name: /Locked for good/ }).click()
    const create = dialog.getByRole('button', { name: 'Create' })
    equal(await create.isDisabled(), true)
    await dialog.getByRole('checkbox', { name: /never lowered/ }).check()
    equal(await create.isDisabled(), false)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })

  test('the lock is shown with the one sentence that is true of it, in both languages (E1, G6)', async () => {
    await page.goto(`${world.fleet.address}/vaults`)
    await page.getByRole('row', { name: /onerror/ }).waitFor()
    const agent = await world.fleet.addAgent('web-1', {
      fill: (source) => writeFileSync(join(source, 'a.txt'), 'content'.repeat(10_000)),
    })
    await world.fleet.firstJob(agent)
    const [version] = await world.fleet.versions(agent)
    const [first] = version?.points ?? []
    if (first === undefined) throw new Error('a backup makes a point')
    point = first
    essential = await vault(point.vaultId)
    // It stands there without a reload.
    await page.getByRole('row', { name: new RegExp(essential.name) }).click()
    const lock = page.getByRole('region', { name: 'Lock' })
    await lock.getByText('the lock cannot be taken back').waitFor()
    await lock.getByText(tierSentences[essential.lock.tier]).waitFor()
    equal(essential.lock.tierSentence, tierSentences[essential.lock.tier])
    equal(await lock.getByText(tierSentences.T2).count(), 0)
    equal(await page.getByRole('button', { name: 'Raise the lock' }).count(), 0)
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByText(/管理主机或存储的人仍然可以删除/).waitFor()
    await page.getByRole('button', { name: 'English' }).click()
  })

  test('sizes say what was sent, and what nobody has counted yet is not called nothing', async () => {
    const size = page.getByRole('region', { name: 'Size' })
    equal(essential.newBytes, point.newBytes)
    await showStored(0)
    await size.getByText('What is stored is counted at the next upkeep.').waitFor()
    equal(await size.getByText('0 B', { exact: true }).count(), 0)
    await showStored(essential.sourceBytes / 2)
    await size.getByText('2 : 1').waitFor()
  })

  async function showStored(bytes: number): Promise<void> {
    world.write('update vaults set stored_bytes = ? where id = ?', bytes, essential.vaultId)
    await page.reload()
  }

  test('a point is held with a reason, stands among the holds, and is released by its name only (E1)', async () => {
    const actions = page.getByRole('button', { name: 'Actions for the point of web-1' })
    await actions.click()
    equal(await page.getByRole('menuitem', { name: 'Delete' }).count(), 0)
    await page.getByRole('menuitem', { name: 'Add a hold' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill(hostileReason)
    await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click()
    await page.getByRole('tab', { name: 'Holds' }).click()
    await page.getByRole('row', { name: /case 12/ }).waitFor()
    await actions.click()
    await page.getByRole('menuitem', { name: 'Release the hold' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Its own date counts again').waitFor()
    const release = dialog.getByRole('button', { name: 'Release' })
    equal(await release.isDisabled(), true)
    await dialog.getByLabel(/Type web-1/).fill('web-1')
    await release.click()
    await dialog.getByText('Say why').waitFor()
    await dialog.getByLabel('Why it is released').fill('closed')
    await release.click()
    await page.getByText('Nothing is on hold').waitFor()
    const { holds } = await world.fleet.api.call(routes.points.get, { path: point })
    deepEqual(holds, [])
  })

  test('a point is kept longer, and never shorter (L4)', async () => {
    await page.getByRole('button', { name: 'To the points' }).click()
    // The note that it was released lies where the menu opens.
    await page.reload()
    await page.getByRole('button', { name: 'Actions for the point of web-1' }).click()
    await page.getByRole('menuitem', { name: 'Keep longer' }).click()
    const dialog = page.getByRole('dialog')
    const action = dialog.getByRole('button', { name: 'Keep longer' })
    await dialog.getByLabel('Keep until').fill('2020-01-01')
    equal(await action.isDisabled(), true)
    const later = new Date((point.expiresAt ?? 0) + 5 * 86_400_000).toISOString().slice(0, 10)
    await dialog.getByLabel('Keep until').fill(later)
    await action.click()
    await dialog.waitFor({ state: 'hidden' })
    const { expiresAt } = await world.fleet.api.call(routes.points.get, { path: point })
    equal((expiresAt ?? 0) > (point.expiresAt ?? 0), true)
  })

  test('a vault with locked points cannot be deleted, and says why (E3)', async () => {
    await page.getByRole('button', { name: 'Delete the vault' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('It cannot be deleted: 1 point in it is locked or held.').waitFor()
    equal(await dialog.getByRole('textbox').count(), 0)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })

  test('an empty vault is deleted by typing, after a delay in which it can be kept (E3)', async () => {
    await page.goto(`${world.fleet.address}/vaults/${made}`)
    await page.getByRole('button', { name: 'Delete the vault' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('until then it can be kept').waitFor()
    const confirm = dialog.getByRole('button', { name: 'Delete the vault' })
    await dialog.getByRole('textbox').fill('yes')
    equal(await confirm.isDisabled(), true)
    await dialog.getByRole('textbox').fill(`delete ${hostileName} with 0 points`)
    await confirm.click()
    await page.getByText('This vault is going to be deleted').waitFor()
    equal(typeof (await vault(made)).deletionDueAt, 'number')
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByText('This vault is going to be deleted').waitFor({ state: 'detached' })
    equal((await vault(made)).deletionDueAt, undefined)
  })

  test('a lock is raised by typing what the server proposes (L2)', async () => {
    await page.getByRole('button', { name: 'Raise the lock' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('The lock cannot be taken back, and covers the vault itself').waitFor()
    await dialog.getByText(tierSentences.T0).waitFor()
    await dialog.getByRole('textbox').fill(`lock ${hostileName} compliance`)
    await dialog.getByRole('button', { name: 'Raise the lock' }).click()
    await dialog.waitFor({ state: 'hidden' })
    equal((await vault(made)).lock.state, 'compliance')
  })

  test('a vault is renamed; one that is not there says so with what to do (E3)', async () => {
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Description' }).fill('of the lawyers')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('of the lawyers').waitFor()
    await page.goto(`${world.fleet.address}/vaults/v-${'0'.repeat(26)}`)
    await page.getByRole('alert').waitFor()
  })

  test('tags are typed and taken away, and so is the quota; what is no tag is not sent (E3)', async () => {
    await page.goto(`${world.fleet.address}/vaults/${made}`)
    await page.getByRole('region', { name: 'Size' }).getByText('Quota: 2 GiB').waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    const save = dialog.getByRole('button', { name: 'Save' })
    const tags = dialog.getByLabel('Tags')
    await tags.fill('=nothing')
    await tags.press('Enter')
    await dialog.getByText('A tag is a name').waitFor()
    equal(await save.isDisabled(), true)
    await tags.press('Backspace')
    await tags.fill('team=law')
    await tags.press('Enter')
    await dialog.getByLabel('Quota, in GiB').fill('')
    await save.click()
    await page.getByText('team=law').waitFor()
    await page.getByText('Quota: 2 GiB').waitFor({ state: 'detached' })
    const { quotaBytes, tags: kept } = await vault(made)
    deepEqual([quotaBytes, kept], [undefined, { team: 'law' }])
    await page.getByRole('button', { name: 'Edit' }).click()
    await tags.press('Backspace')
    await save.click()
    await page.getByText('team=law').waitFor({ state: 'detached' })
    deepEqual((await vault(made)).tags, {})
  })

  test('thousands of points are a few rows in the page, and more come as the end nears', async () => {
    world.write(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
       insert into points select vault_id, printf('%064x', i), account_id, region_id, version_id,
         instance_id, volume, status, sequence + i, created_at - i, trusted_at - i, retain_until,
         files, directories, source_bytes, new_bytes, stored_bytes, failure_count, '[]', null, filling
       from points, n where id = ?`,
      point.pointId,
    )
    await page.goto(`${world.fleet.address}/vaults/${essential.vaultId}`)
    const table = page.getByRole('table')
    await table.hover()
    const first = Number(await table.getAttribute('aria-rowcount'))
    await page.mouse.wheel(0, 9_000)
    await page.locator(`[aria-rowcount="${first}"]`).waitFor({ state: 'detached' })
    ok((await page.getByRole('row').count()) < 60)
    world.write("delete from points where id like '000000%'")
  })

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const)
    test(`who may only look changes nothing; all states fit and read well, ${scheme}, ${width} px (H3, G6)`, async () => {
      const look = { role: 'auditor', language: 'zh', scheme, width } as const
      const looking = await world.openPage('/vaults', look)
      const path = `/vaults/${essential.vaultId}`
      for (const address of ['/vaults', path, `${path}?tab=held`, `${path}?tab=trash`]) {
        await looking.goto(world.fleet.address + address)
        await looking.getByRole('heading', { level: 1 }).waitFor()
        deepEqual(await flawsOf(looking), [])
        deepEqual(await looking.getByRole('button', { name: /创建|编辑|删除|提高|操作/ }).all(), [])
      }
      await looking.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})
