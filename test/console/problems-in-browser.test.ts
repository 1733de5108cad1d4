// What the server refuses, in a Chinese browser; and that an English one fetches nothing for it.

import { deepEqual, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { englishIn, textsOf } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

describe('what the server refuses', { skip: needsBrowser }, () => {
  let world: ConsoleWorld

  before(async () => {
    world = await ConsoleWorld.open()
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('a Chinese browser is told in Chinese, sentence and advice', async () => {
    const page = await world.openNobody('/mark.svg', { language: 'zh' })
    const fetched = chineseFetchedBy(page)
    await page.goto(world.fleet.address)
    await signInWrongly(page)
    await page.getByText('登录信息不正确。').waitFor()
    await page.getByText('请检查后重试；账号管理员可以为您重新设置。').waitFor()
    deepEqual(englishIn(await textsOf(page)), [])
    deepEqual(await page.locator('[role=alert] [lang=en]').all(), [])
    ok(
      fetched.some((path) => path.includes('in-chinese')),
      'so that an English one could be seen to',
    )
    await page.context().close()
  })

  test('an English browser fetches no Chinese', async () => {
    const page = await world.openNobody('/mark.svg')
    const fetched = chineseFetchedBy(page)
    await page.goto(world.fleet.address)
    await signInWrongly(page)
    await page.getByText('These credentials are not accepted.').waitFor()
    deepEqual(fetched, [])
    await page.context().close()
  })

  test('reasons behind the colon are Chinese too: a password that everybody tries', async () => {
    const page = await world.openPage('/settings?tab=security', { language: 'zh', role: 'auditor' })
    const section = page.getByRole('region', { name: '密码' })
    const fields = section.locator('input[type=password]')
    await fields.nth(0).fill('a long enough password of a reader')
    for (const at of [1, 2]) await fields.nth(at).fill('passwordpassword')
    await section.getByRole('button').last().click()
    await page.getByText('该密码不符合要求：', { exact: false }).waitFor()
    deepEqual(englishIn(await textsOf(page)), [])
    await page.context().close()
  })

  test('the console did not complain', () => world.checkNoProblems())
})

/** What of the Chinese texts the page fetches from now on. */
function chineseFetchedBy(page: Page): readonly string[] {
  const fetched: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (/chinese/i.test(pathname)) fetched.push(pathname)
  })
  return fetched
}

async function signInWrongly(page: Page): Promise<void> {
  await page.locator('input[type=email]').fill('nobody@example.com')
  await page.locator('input[type=password]').fill('a password that is of nobody')
  await page.locator('button[type=submit]').click()
}
