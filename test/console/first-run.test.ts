// The very first visit, in a browser against a server that nobody has signed up at.

import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Program } from '../fleet/process.ts'
import { until } from '../fleet/until.ts'
import { launchBrowser, needsBrowser, openWindow } from './browser.ts'
import { overflowOf, rawWordsIn, seriousFindings, textsOf } from './page-checks.ts'

describe('the first visit', { skip: needsBrowser }, () => {
  const problems: string[] = []
  let folder: string
  let server: Program
  let browser: Browser
  let page: Page
  let address: string
  let code: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-first-run-'))
    browser = await launchBrowser()
    const words = ['--json', 'server', 'run', '--data', join(folder, 'data')]
    server = new Program([...words, '--listen', '127.0.0.1:0'], { home: folder })
    const told = await until(
      'the server starts',
      () =>
        /"address":"https:\/\/[^"]*:(\d+)".*?"setupCode":"([^"]+)"/.exec(server.out) ?? undefined,
    )
    address = `https://127.0.0.1:${told[1]}`
    code = told[2] ?? ''
  })
  after(async () => {
    await browser?.close()
    await server?.end('SIGKILL')
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  const fill = async (values: Readonly<Record<string, string>>) => {
    for (const [label, value] of Object.entries(values))
      await page.getByLabel(label).first().fill(value)
    await page.getByRole('button', { name: 'Make the administrator' }).click()
  }

  test('what is no setup code is refused in words that say where the right one is', async () => {
    page = await openWindow(browser, {}, (problem) => problems.push(problem))
    await page.goto(address)
    await page.getByRole('heading', { name: 'Welcome to Holdfast' }).waitFor()
    deepEqual(await overflowOf(page), [])
    deepEqual(await seriousFindings(page), [])
    await fill({
      'Setup code': 'wrong',
      'Name of your organisation': ' Home ',
      'Your name': 'Ada',
      'E-mail': 'ada@example.com',
      Password: 'a long enough password',
    })
    const notice = page.getByRole('alert')
    await notice.getByText(/setup code/i).waitFor()
    const texts = await textsOf(page)
    deepEqual(rawWordsIn(texts), [])
    equal(/setupCode|openapi|>=/.test((await notice.textContent()) ?? ''), false)
  })

  test('a short password is not sent; with the code that was printed one is in', async () => {
    await fill({ 'Setup code': ` ${code} `, Password: 'short' })
    await page.locator('input[autocomplete="new-password"]:invalid').waitFor()
    await fill({ Password: 'a long enough password' })
    await page.getByText('No instance yet').waitFor()
    await page.goto(`${address}/settings?tab=account`)
    equal(await page.getByLabel('Name of your organisation').inputValue(), 'Home')
  })

  test('no page complained', () => deepEqual(problems, []))
})
