// Settings: oneself, the second factor, own sign-ins, the account, and what the server is (H3, H6).

import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { routes } from '#contract'
import { until } from '../fleet/until.ts'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const stepMs = 30_000
const newPassword = 'another password, long enough'

describe('settings in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page

  before(async () => {
    world = await ConsoleWorld.open()
    page = await world.openPage('/settings', { role: 'backupOperator' })
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('the own name is changed and stands in the menu at once', async () => {
    await page.getByLabel('Name').fill('Grace <i>Hopper</i>')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('banner').getByRole('button', { name: 'Grace <i>Hopper</i>' }).waitFor()
    deepEqual(await page.locator('header i').all(), [])
  })

  test('language and theme are chosen, and stay when the page is loaded anew', async () => {
    await page.getByRole('radiogroup').getByText('Dark').click()
    await page.getByRole('radiogroup').getByText('中文').click()
    await page.getByRole('heading', { name: '设置' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '设置' }).waitFor()
    equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark')
    await page.getByRole('radiogroup').getByText('English').click()
    await page.getByRole('radiogroup').getByText('Light').click()
  })

  test('a region is added, gets an address of its own and loses it (H1)', async () => {
    const owner = await world.openPage('/settings?tab=server')
    const section = owner.getByRole('region', { name: 'Regions' })
    await section.getByRole('button', { name: 'Add a region' }).click()
    const dialog = owner.getByRole('dialog')
    const save = dialog.getByRole('button', { name: 'Save' })
    await dialog.getByRole('textbox', { name: 'Id' }).fill('Not an id')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('North <b>Sea</b>')
    equal(await save.isDisabled(), true)
    await dialog.getByRole('textbox', { name: 'Id' }).fill('north')
    await save.click()
    await section.getByText('North <b>Sea</b>').waitFor()
    for (const [address, shown] of [
      ['https://data.example.com:8444', 'https://data.example.com:8444'],
      ['', 'the address of the server'],
    ] as const) {
      await section.getByRole('button', { name: 'Change North <b>Sea</b>' }).click()
      await dialog.getByRole('textbox', { name: 'Address for data' }).fill(address)
      await save.click()
      await dialog.waitFor({ state: 'detached' })
      await section.getByText(shown).last().waitFor()
    }
    deepEqual(await overflowOf(owner), [])
    deepEqual(await seriousFindings(owner), [])
    await owner.context().close()
  })

  test('another sign-in is seen and ended, and is signed out then', async () => {
    const other = await signInAgain(world)
    await page.getByRole('tab', { name: 'Sign-in' }).click()
    await page.reload()
    const section = page.getByRole('region', { name: 'Where you are signed in' })
    await section.getByText('this one').waitFor()
    await section.getByText('Chrome on Linux').first().waitFor()
    await section.getByRole('button', { name: /^End the sign-in of/ }).click()
    await section.getByRole('button', { name: /^End/ }).waitFor({ state: 'detached' })
    await other.reload()
    await other.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await other.context().close()
  })

  test('the password is changed by who knows it', async () => {
    const section = page.getByRole('region', { name: 'Password' })
    const fields = section.locator('input[type=password]')
    const fill = async (texts: readonly string[]) => {
      for (const [i, text] of texts.entries()) await fields.nth(i).fill(text)
      await section.getByRole('button', { name: 'Change the password' }).click()
    }
    await fill(['not the password', newPassword, newPassword])
    await section.getByRole('alert').waitFor()
    await fill(['a long enough password of a reader', newPassword, 'something else here'])
    await section.getByText('The two are not the same.').waitFor()
    await fill(['a long enough password of a reader', newPassword, newPassword])
    await page.getByText('The password was changed').waitFor()
  })

  test('a second factor is set up from the page, asked for at sign-in, and turned off with the password', async () => {
    await page.getByRole('button', { name: 'Set it up' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('img', { name: 'QR code of the secret' }).waitFor()
    const secret = (await dialog.getByLabel('Secret', { exact: true }).textContent()) ?? ''
    const code = (offset = 0) =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({
        timestamp: Date.now() + offset * stepMs,
      })
    await dialog.getByLabel('Code that the app shows now').fill(code())
    await dialog.locator('input[type=password]').fill(newPassword)
    await dialog.getByRole('button', { name: 'Turn it on' }).click()
    await dialog.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('Signing in needs a code').waitFor()
    const other = await world.openNobody('/')
    await signIn(other, newPassword)
    await other.getByLabel('Six digits from your authenticator').first().waitFor()
    await other.getByLabel('Six digits from your authenticator').first().pressSequentially(code(1))
    await other.getByRole('navigation').first().waitFor({ state: 'attached' })
    await other.context().close()
    await page.getByRole('button', { name: 'Turn it off' }).click()
    await dialog.locator('input[type=password]').fill(newPassword)
    await dialog.getByRole('button', { name: 'Turn it off' }).click()
    await page.getByRole('button', { name: 'Set it up' }).waitFor()
  })

  test('who is no administrator sees neither the server nor a form of the account (H3)', async () => {
    deepEqual(await page.getByRole('tab', { name: 'Server' }).all(), [])
    await page.getByRole('tab', { name: 'Account' }).click()
    await page.getByText('Only owners change the account.').waitFor()
    deepEqual(await page.getByRole('tabpanel').getByRole('textbox').all(), [])
  })

  test('an owner changes the account, and sees what the server is', async () => {
    const owner = await world.openPage('/settings?tab=account')
    await owner.getByLabel('Name of your organisation').fill('Harbour Works')
    await owner.getByRole('radiogroup').getByText('中文').click()
    await owner.getByRole('button', { name: 'Save' }).click()
    await until('the account is changed', async () => {
      const { account } = await world.fleet.api.call(routes.signIn.whoAmI, {})
      return account.name === 'Harbour Works' && account.language === 'zh' ? true : undefined
    })
    await owner.getByRole('tab', { name: 'Server' }).click()
    const section = owner.getByRole('region', { name: 'This server' })
    await section.getByText('SQLite').waitFor()
    await section.getByText('All is well.').waitFor()
    const text = (await section.textContent()) ?? ''
    ok(text.includes(world.fleet.fingerprint))
    await owner.getByRole('region', { name: 'Backup of the server itself' }).waitFor()
    await owner.context().close()
  })

  for (const [scheme, language] of [
    ['light', 'en'],
    ['dark', 'zh'],
  ] as const)
    test(`axe finds nothing serious, ${scheme}, ${language}, on a telephone`, async () => {
      const seen = await world.openPage('/settings', { scheme, language, width: 390 })
      for (const tab of ['you', 'security', 'account', 'server']) {
        await seen.goto(`${world.fleet.address}/settings?tab=${tab}`)
        await seen.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor()
        deepEqual(await seriousFindings(seen), [], tab)
        deepEqual(await overflowOf(seen), [], tab)
      }
      await seen.context().close()
    })

  test('no page complained', () => world.checkNoProblems())
})

async function signIn(page: Page, password: string): Promise<void> {
  await page.locator('input[type=email]').fill('backupoperator@example.com')
  await page.locator('input[type=password]').fill(password)
  await page.locator('button[type=submit]').click()
}

/** The same user in another browser. */
async function signInAgain(world: ConsoleWorld): Promise<Page> {
  const other = await world.openNobody('/')
  await signIn(other, 'a long enough password of a reader')
  await other.getByRole('navigation').first().waitFor({ state: 'attached' })
  return other
}
