// Passkeys (WebAuthn) with Chromium's virtual authenticator against a real server, and recovery codes.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { after, before, describe, test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { type Page, request } from 'playwright-core'
import { routes, type User } from '#contract'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const password = 'a long enough password of a reader'

describe('passkeys in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page
  let device: Device

  before(async () => {
    // Passkeys are known by names: this server is reached by one.
    world = await ConsoleWorld.open('localhost')
    page = await world.openPage('/settings?tab=security', { role: 'administrator' })
    device = await addDevice(page)
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('a passkey is made by who knows the password', async () => {
    await make(page, { name: 'my <b>laptop</b>', password: 'not the password' })
    await page.getByRole('dialog').getByText('These credentials are not accepted.').waitFor()
    await make(page, { password })
    await passkeys(page).getByText('my <b>laptop</b>').waitFor()
    equal(await page.locator('main b').count(), 0)
    equal((await device.credentials()).length, 1)
  })

  test('the same device is not added twice', async () => {
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await make(page, { name: 'again', password })
    await page.getByText('This device has a passkey of yours already.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  })

  test('it signs in without e-mail, password and code; what it signed counts once (A22)', async () => {
    await signOut(page)
    const sent = page.waitForRequest(/sign-in\/passkey\/answer$/)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('navigation').first().waitFor({ state: 'attached' })
    const body: unknown = (await sent).postDataJSON()
    equal(await statusOf(world, body), 401)
    await passkeys(page)
      .getByText(/last used/)
      .waitFor()
    match((await page.context().cookies()).map(({ name }) => name).join(), /holdfast/i)
  })

  test('a user who is disabled is not let in by a passkey either', async () => {
    await signOut(page)
    await setStatus(world, 'DISABLED')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('These credentials are not accepted.').waitFor()
    await setStatus(world, 'ACTIVE')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('navigation').first().waitFor({ state: 'attached' })
  })

  test('a device that verifies nobody is refused', async () => {
    await signOut(page)
    await device.verifies(false)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('The browser gave no passkey').waitFor()
    await device.verifies(true)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('navigation').first().waitFor({ state: 'attached' })
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`axe finds nothing serious, ${scheme}, on a telephone`, async () => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width: 390, height: 800 })
      await passkeys(page).getByText('my <b>laptop</b>').waitFor()
      deepEqual(await seriousFindings(page), [])
      deepEqual(await overflowOf(page), [])
      await page.setViewportSize({ width: 1280, height: 800 })
    })

  test('it is renamed and removed, and signs in no more then', async () => {
    await passkeys(page)
      .getByRole('button', { name: /^Rename/ })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('old laptop')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await passkeys(page).getByRole('button', { name: 'Remove old laptop' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await passkeys(page).getByText('You have none yet.').waitFor()
    await signOut(page)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('These credentials are not accepted.').waitFor()
  })

  test('by an IP address a sentence says why there are none', async () => {
    const { address, family } = await lookup('localhost')
    const numbers = family === 6 ? `[${address}]` : address
    const nobody = await world.openNobody('/')
    await nobody.goto(`https://${numbers}:${world.fleet.port}/`)
    await nobody.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await nobody.getByText('Passkeys need a host name').waitFor()
    await nobody.context().close()
  })

  test('whoever lost the telephone comes in with a recovery code, once', async () => {
    const owner = await world.openPage('/settings?tab=security', { role: 'restoreOperator' })
    await owner.getByRole('button', { name: 'Set it up' }).click()
    const dialog = owner.getByRole('dialog')
    const secret = (await dialog.getByLabel('Secret', { exact: true }).textContent()) ?? ''
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
    await dialog.getByLabel('Code that the app shows now').fill(code)
    await dialog.locator('input[type=password]').fill(password)
    await dialog.getByRole('button', { name: 'Turn it on' }).click()
    const shown = (await dialog.getByLabel('Recovery codes').textContent()) ?? ''
    const codes = shown.split('\n')
    equal(codes.length, 10)
    await dialog.getByRole('button', { name: 'I have kept them' }).click()
    await owner.getByText('10 recovery codes are left.').waitFor()
    for (const isFirst of [true, false]) {
      const other = await world.openNobody('/')
      await other.locator('input[type=email]').fill('restoreoperator@example.com')
      await other.locator('input[type=password]').fill(password)
      await other.getByRole('button', { name: 'Sign in', exact: true }).click()
      await other.getByRole('button', { name: 'The telephone is lost' }).click()
      await other.getByLabel('Recovery code').fill(codes[0] ?? '')
      await other.getByRole('button', { name: 'Sign in', exact: true }).click()
      if (isFirst) await other.getByRole('navigation').first().waitFor({ state: 'attached' })
      else await other.getByText('These credentials are not accepted.').waitFor()
      await other.context().close()
    }
    await owner.reload()
    await owner.getByText('9 recovery codes are left.').waitFor()
    await owner.context().close()
  })

  test('no page complained', () => world.checkNoProblems())
})

type Device = {
  readonly credentials: () => Promise<readonly unknown[]>
  readonly verifies: (isRight: boolean) => Promise<void>
}

/** As a laptop has it: it keeps passkeys itself, and somebody lays a finger on it. */
async function addDevice(page: Page): Promise<Device> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    credentials: async () =>
      (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    verifies: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
  }
}

function passkeys(page: Page) {
  return page.getByRole('region', { name: 'Passkeys' })
}

async function make(
  page: Page,
  of: { readonly name?: string; readonly password: string },
): Promise<void> {
  const dialog = page.getByRole('dialog')
  if (!(await dialog.isVisible())) await page.getByRole('button', { name: 'Add a passkey' }).click()
  if (of.name !== undefined) await dialog.getByLabel('Name').fill(of.name)
  await dialog.locator('input[type=password]').fill(of.password)
  await dialog.getByRole('button', { name: 'Make it' }).click()
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'administrator' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
}

async function setStatus({ fleet }: ConsoleWorld, status: User['status']): Promise<void> {
  const users = await Array.fromAsync(fleet.api.list(routes.users.list, {}))
  const user = users.find(({ role }) => role === 'administrator')
  ok(user !== undefined)
  await fleet.api.call(routes.users.update, { path: { userId: user.userId }, body: { status } })
}

/** What the server answers to the same answer of a passkey, sent once more. */
async function statusOf({ fleet }: ConsoleWorld, data: unknown): Promise<number> {
  const stranger = await request.newContext({ ignoreHTTPSErrors: true })
  const answer = await stranger.post(`${fleet.address}/api/v1/sign-in/passkey/answer`, {
    data: JSON.stringify(data),
    headers: { 'content-type': 'application/json' },
  })
  await stranger.dispose()
  return answer.status()
}
