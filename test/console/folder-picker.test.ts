// Where a restore goes is found by looking at the machine as it is now (F3): by pointer, by keyboard, on a telephone, in both languages.
import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import type { FleetAgent } from '../fleet/world.ts'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const hostile = '<img src=x onerror="document.title=1">'

describe('the choice of a folder on a live target', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let agent: FleetAgent
  let place: string

  before(async () => {
    world = await ConsoleWorld.open()
    const { fleet } = world
    place = join(fleet.folder, 'place')
    for (const path of ['here/deep', `here/${hostile}`, 'here/二', 'closed']) {
      mkdirSync(join(place, path), { recursive: true })
    }
    mkdirSync(Buffer.concat([Buffer.from(`${place}/here/`), Buffer.of(0xff)]))
    for (let i = 0; i < 2_100; i++) mkdirSync(join(place, 'many', String(i)), { recursive: true })
    writeFileSync(join(place, 'file'), '')
    agent = await fleet.addAgent('web-1', {
      policy: { restoreRoots: [place], restoreDenied: [join(place, 'closed')] },
      fill: (folder) => writeFileSync(join(folder, 'notes.txt'), 'notes'),
    })
    await fleet.firstJob(agent)
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  async function openWizard(look: Parameters<ConsoleWorld['openPage']>[1] = {}) {
    const [version] = await world.fleet.versions(agent)
    const [point] = version?.points ?? []
    const page = await world.openPage(`/points/${version?.vaultId}/${point?.pointId}`, look)
    await page.getByRole('button', { name: /^(Restore everything|恢复全部)$/ }).click()
    const wizard = page.getByRole('dialog')
    await wizard.getByRole('combobox').first().click()
    await page.getByRole('option', { name: /web-1/ }).click()
    return {
      page,
      wizard,
      field: wizard.getByRole('textbox', { name: /^(The folder|目标文件夹)/ }),
    }
  }

  test('one step down at a time, only where the machine lets a restore go', async () => {
    const { page, wizard, field } = await openWizard()
    const title = await page.title()
    await field.fill(place)
    await wizard.getByText('This folder is there.').waitFor()
    await wizard.getByRole('button', { name: 'Browse…' }).click()
    const list = wizard.getByRole('region', { name: 'Folders on the machine' })
    await list.getByRole('row', { name: 'here' }).waitFor()
    deepEqual(await namesIn(list), ['here', 'many'])
    deepEqual(await seriousFindings(page), [])
    await list.getByRole('row', { name: 'here' }).click()
    await list.getByRole('row', { name: 'deep' }).waitFor()
    deepEqual(await namesIn(list), [hostile, 'deep', '二', '\\xff'])
    equal(await page.locator('img[src="x"]').count(), 0)
    await list.getByRole('row', { name: '\\xff' }).click()
    await list.getByText('There is no folder in this one.').waitFor()
    await list.getByRole('button', { name: /^Choose / }).click()
    match(await field.inputValue(), /^hex:2f/)
    await wizard.getByText(`It reads: ${place}/here/\\xff`).waitFor()
    equal(await page.title(), title)
    await page.context().close()
  })

  test('by keyboard alone: down, up and back to the field, and Escape closes the list only', async () => {
    const { page, wizard, field } = await openWizard()
    await field.fill(place)
    await field.focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const list = wizard.getByRole('region', { name: 'Folders on the machine' })
    await list.getByRole('row', { name: 'here' }).waitFor()
    await tabTo(page, list.getByRole('row', { name: 'here' }))
    await page.keyboard.press('Enter')
    await list.getByRole('row', { name: 'deep' }).waitFor()
    await tabTo(page, list.getByRole('row', { name: 'deep' }))
    await page.keyboard.press('Enter')
    await list.getByText('There is no folder in this one.').waitFor()
    await tabTo(page, list.getByRole('button', { name: /^Choose / }))
    await page.keyboard.press('Enter')
    equal(await field.inputValue(), join(place, 'here', 'deep'))
    equal(await list.count(), 0)
    await page.keyboard.press('Enter')
    await list.waitFor()
    await tabTo(page, list.getByRole('button', { name: 'place', exact: true }))
    await page.keyboard.press('Enter')
    await list.getByRole('row', { name: 'many' }).waitFor()
    await page.keyboard.press('Escape')
    await list.waitFor({ state: 'detached' })
    equal(await wizard.count(), 1)
    await page.context().close()
  })

  test('what is not there, is no folder, or is not allowed is said at the field and in the list (F3, A21)', async () => {
    const { page, wizard, field } = await openWizard()
    await field.fill(join(place, 'none'))
    await wizard.getByText('This folder does not exist.').waitFor()
    await wizard.getByRole('button', { name: 'Browse…' }).click()
    const list = wizard.getByRole('region', { name: 'Folders on the machine' })
    await list
      .getByRole('alert')
      .getByText(/does not exist/)
      .waitFor()
    await list.getByRole('button', { name: 'One folder up' }).click()
    await list.getByRole('row', { name: 'here' }).waitFor()
    await list.getByRole('button', { name: 'Close the list' }).click()
    await field.fill(join(place, 'file'))
    await wizard.getByText('This is not a folder.').waitFor()
    await field.fill(join(place, 'closed'))
    await wizard.getByText(/local policy of this machine does not allow it/).waitFor()
    await field.fill('relative')
    await wizard.getByText('A path begins with /').waitFor()
    await page.context().close()
  })

  test('thousands of folders: those in sight are in the page, and that there are more is said', async () => {
    const { page, wizard, field } = await openWizard()
    await field.fill(join(place, 'many'))
    await wizard.getByRole('button', { name: 'Browse…' }).click()
    await wizard.getByText('Only 2,000 folders are listed.').waitFor()
    equal((await wizard.getByRole('row').count()) < 60, true)
    await page.context().close()
  })

  test('on a telephone, dark and in Chinese it fits, and is said in Chinese', async () => {
    const look = { width: 380, language: 'zh', scheme: 'dark' } as const
    const { page, wizard, field } = await openWizard(look)
    await field.fill(join(place, 'here'))
    await wizard.getByRole('button', { name: '浏览…' }).click()
    const list = wizard.getByRole('region', { name: '实例上的文件夹' })
    await list.getByRole('row', { name: 'deep' }).waitFor()
    deepEqual(await overflowOf(page), [])
    deepEqual(await seriousFindings(page), [])
    await page.context().close()
    world.checkNoProblems()
  })
})

async function namesIn(list: Locator): Promise<readonly string[]> {
  return await list.getByRole('cell').allTextContents()
}

async function tabTo(page: Page, goal: Locator): Promise<void> {
  await goal.waitFor()
  for (let step = 0; step < 60; step++) {
    if (await goal.evaluate((element) => element.matches(':focus'))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${goal} is not reached by keyboard`)
}
