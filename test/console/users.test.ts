// Users and API tokens (H3), in a browser against a real server.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Page, request } from 'playwright-core'
import { routes, type User } from '#contract'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const hostileName = '<b onclick=alert(1)>Mallory, whose name is far too long</b>'

describe('users in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page

  before(async () => {
    world = await ConsoleWorld.open()
    page = await world.openPage('/users', { role: 'administrator' })
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('who is added gets a first password that is shown once, and may sign in with it', async () => {
    await page.getByRole('button', { name: 'Add a user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill(hostileName)
    await dialog.getByLabel('E-mail').fill('mallory@example.com')
    await dialog.getByRole('combobox', { name: 'Role' }).click()
    deepEqual(await page.getByRole('option', { name: /^Owner/ }).all(), [], 'nobody rises above')
    await page.getByRole('option', { name: /^Restore operator/ }).click()
    await dialog.getByRole('button', { name: 'Add a user' }).click()
    const said = await dialog.getByLabel('Address, e-mail and password').textContent()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('row', { name: /Mallory.*Restore operator/ }).waitFor()
    equal(await page.locator('main b').count(), 0)
    const [address, email = '', password = ''] = (said ?? '').split('\n')
    equal(address, world.fleet.address)
    const theirs = await world.openNobody('/')
    await theirs.locator('input[type=email]').fill(email)
    await theirs.locator('input[type=password]').fill(password)
    await theirs.locator('button[type=submit]').click()
    await theirs.getByRole('navigation').first().waitFor({ state: 'attached' })
    await theirs.context().close()
  })

  test('a role is changed, a user is disabled and enabled again', async () => {
    await take(page, 'Name and role')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: 'Role' }).click()
    await page.getByRole('option', { name: /^Auditor/ }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row', { name: /Mallory.*Auditor/ }).waitFor()
    await take(page, 'Disable')
    await dialog.getByText('All sign-ins and API tokens of this user end now').waitFor()
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('row', { name: /Mallory.*Disabled/ }).waitFor()
    equal((await mallory(world)).status, 'DISABLED')
    await take(page, 'Enable')
    await dialog.getByRole('button', { name: 'Enable' }).click()
    await dialog.waitFor({ state: 'hidden' })
    equal((await mallory(world)).status, 'ACTIVE')
  })

  test('an administrator is offered nothing against an owner, nor against the own user (H3)', async () => {
    await page.getByRole('row', { name: /Ada/ }).waitFor()
    deepEqual(await page.getByRole('button', { name: 'Actions for Ada' }).all(), [])
    deepEqual(await page.getByRole('button', { name: 'Actions for administrator' }).all(), [])
  })

  test('whoever leaves a dialog by keyboard is where it was opened, also from a menu', async () => {
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add a user' }).focus()
    await page.keyboard.press('Enter')
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await page.locator('button:focus', { hasText: 'Add a user' }).waitFor()
    await take(page, 'Disable')
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await page.locator('button:focus[aria-haspopup=menu]').waitFor()
  })

  test('removing needs the e-mail of the user to be typed (L9)', async () => {
    await take(page, 'Remove')
    const dialog = page.getByRole('dialog')
    const remove = dialog.getByRole('button', { name: 'Remove' })
    equal(await remove.isDisabled(), true)
    await dialog.getByRole('textbox').fill('mallory@example.com')
    await remove.click()
    await page.getByRole('row', { name: /Mallory/ }).waitFor({ state: 'detached' })
    await page.getByRole('textbox', { name: 'Search' }).fill('mallory')
    await page.getByText('Nobody is called so').waitFor()
  })

  test('a token is shown once, does what it may, and is refused once it is revoked', async () => {
    await page.getByRole('tab', { name: 'API tokens' }).click()
    await page.getByText('No API token yet').waitFor()
    await page.getByRole('button', { name: 'Make a token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('nightly report')
    await dialog.getByLabel('Your password').fill('somebody else sat down here')
    await dialog.getByRole('button', { name: 'Make it' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Your password').fill(world.password)
    await dialog.getByRole('button', { name: 'Make it' }).click()
    const secret = (await dialog.getByLabel('Token', { exact: true }).textContent()) ?? ''
    match(secret, /^hft_/)
    await dialog.getByRole('button', { name: 'Done' }).click()
    ok(!(await page.content()).includes(secret))
    equal(await statusOf(world, secret), 200)
    const row = page.getByRole('row', { name: /nightly report.*Read/ })
    await row.getByRole('button', { name: 'Revoke nightly report' }).click()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('No API token yet').waitFor()
    equal(await statusOf(world, secret), 401)
  })

  for (const [scheme, language] of [
    ['light', 'en'],
    ['dark', 'zh'],
  ] as const)
    test(`axe finds nothing serious, ${scheme}, ${language}, on a telephone`, async () => {
      const seen = await world.openPage('/users', { scheme, language, width: 390 })
      await seen.getByRole('row', { name: /Ada/ }).waitFor()
      deepEqual(await seriousFindings(seen), [])
      deepEqual(await overflowOf(seen), [])
      await seen.getByRole('button', { name: /Add a user|添加用户/ }).click()
      await seen.getByRole('dialog').getByRole('combobox').waitFor()
      deepEqual(await seriousFindings(seen), [])
      await seen.goto(`${world.fleet.address}/users?tab=tokens`)
      await seen.getByRole('button', { name: /Make a token|创建令牌/ }).click()
      await seen.getByRole('dialog').getByRole('checkbox').first().waitFor()
      deepEqual(await seriousFindings(seen), [])
      deepEqual(await overflowOf(seen), [])
      await seen.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

async function take(page: Page, step: string): Promise<void> {
  await page.getByRole('button', { name: /^Actions for .*Mallory/ }).click()
  await page.getByRole('menuitem', { name: step, exact: true }).click()
}

async function mallory({ fleet }: ConsoleWorld): Promise<User> {
  const users = await Array.fromAsync(fleet.api.list(routes.users.list, {}))
  const found = users.find(({ email }) => email === 'mallory@example.com')
  ok(found !== undefined)
  return found
}

/** What the server answers to a call with this token. */
async function statusOf({ fleet }: ConsoleWorld, secret: string): Promise<number> {
  const stranger = await request.newContext({ ignoreHTTPSErrors: true })
  const headers = { authorization: `Bearer ${secret}` }
  const answer = await stranger.get(`${fleet.address}/api/v1/me`, { headers })
  await stranger.dispose()
  return answer.status()
}
