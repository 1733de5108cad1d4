/**
 * What tests of the console stand on: a real server with real agents (a fleet), the built console, and Debian's Chromium.
 * Whatever a page says on its console as an error, and every exception in it, is kept and fails the test that asks.
 */
import { deepEqual } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Role, routes } from '#contract'
import { Fleet, needsRoot } from '../fleet/world.ts'
import { root } from '../house/source-files.ts'

const chromiumPath = '/usr/bin/chromium'
const password = 'a long enough password of a reader'
/** The machine of a test may be busy with others. */
export const patienceMs = 30_000

/** For `skip` of a test; false: all that it needs is here. */
export const needsBrowser: string | false =
  needsRoot || (existsSync(chromiumPath) ? false : 'needs Chromium: scripts/install-test-tools.sh')

export type Look = {
  readonly role?: Role
  readonly language?: 'en' | 'zh'
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
}

export class ConsoleWorld implements AsyncDisposable {
  readonly fleet: Fleet
  readonly problems: string[] = []
  readonly #browser: Browser
  readonly #cookies = new Map<Role, Awaited<ReturnType<BrowserContext['storageState']>>>()

  private constructor(fleet: Fleet, browser: Browser) {
    this.fleet = fleet
    this.#browser = browser
  }

  static async open(): Promise<ConsoleWorld> {
    buildConsole()
    const fleet = await Fleet.open()
    try {
      const browser = await chromium.launch({
        executablePath: chromiumPath,
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
      })
      return new ConsoleWorld(fleet, browser)
    } catch (problem) {
      await fleet[Symbol.asyncDispose]()
      throw problem
    }
  }

  /** A page of somebody who is signed in, each in a browser of its own. @param path such as `/instances` */
  async openPage(path: string, look: Look = {}): Promise<Page> {
    const { role = 'owner', language = 'en', scheme = 'light', width = 1280 } = look
    const cookies = this.#cookies.get(role)
    const context = await this.#browser.newContext({
      ignoreHTTPSErrors: true,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      colorScheme: scheme,
      viewport: { width, height: 800 },
      ...(cookies === undefined ? {} : { storageState: cookies }),
    })
    context.setDefaultTimeout(patienceMs)
    const page = await context.newPage()
    page.on('pageerror', (problem) => this.problems.push(String(problem)))
    page.on('console', (message) => {
      // What the server refuses is shown on the page; the browser's own line about it says nothing more.
      const isRefusal = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isRefusal) this.problems.push(message.text())
    })
    await page.goto(this.fleet.address + path)
    if (cookies === undefined) await this.#signIn(page, role)
    await page.getByRole('navigation').first().waitFor()
    return page
  }

  async #signIn(page: Page, role: Role): Promise<void> {
    const email = `${role.toLowerCase()}@example.com`
    const body = { name: role, email, role, password }
    await this.fleet.api.call(routes.users.create, { body })
    await page.locator('input[type=email]').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.locator('button[type=submit]').click()
    await page.getByRole('navigation').first().waitFor()
    this.#cookies.set(role, await page.context().storageState())
  }

  /** No page complained: neither its own code nor the browser about a broken policy. */
  checkNoProblems(): void {
    deepEqual(this.problems, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    await this.fleet[Symbol.asyncDispose]()
  }
}

/** One test file builds, others wait for it. */
function buildConsole(): void {
  const lock = join(tmpdir(), 'holdfast-console-build.lock')
  const build = [process.execPath, join(root, 'scripts/build-console.ts'), '--if-stale']
  const { status, stderr } = spawnSync('flock', [lock, ...build], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the console was not built: ${stderr}`)
}
