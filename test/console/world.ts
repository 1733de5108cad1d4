/**
 * What tests of the console stand on: a real server with real agents (a fleet), the built console, and Debian's Chromium.
 * Whatever a page says on its console as an error, and every exception in it, is kept and fails the test that asks.
 */
import { deepEqual } from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Browser, Page } from 'playwright-core'
import { type Role, routes } from '#contract'
import { Fleet } from '../fleet/world.ts'
import { type Cookies, launchBrowser, openWindow, type Look as Window } from './browser.ts'

export { needsBrowser, patienceMs } from './browser.ts'

const password = 'a long enough password of a reader'

export type Look = Window & { readonly role?: Role }

export class ConsoleWorld implements AsyncDisposable {
  readonly fleet: Fleet
  readonly problems: string[] = []
  /** Of everybody who is signed in here. */
  readonly password = password
  readonly #browser: Browser
  readonly #cookies = new Map<Role, Cookies>()

  private constructor(fleet: Fleet, browser: Browser) {
    this.fleet = fleet
    this.#browser = browser
  }

  /** @param host the name by which the server is reached, when numbers do not do */
  static async open(host?: string): Promise<ConsoleWorld> {
    const browser = await launchBrowser()
    try {
      return new ConsoleWorld(
        await Fleet.open(host === undefined ? undefined : { address: host }),
        browser,
      )
    } catch (problem) {
      await browser.close()
      throw problem
    }
  }

  /** A page of somebody who is signed in, each in a browser of its own. @param path such as `/instances` */
  async openPage(path: string, look: Look = {}): Promise<Page> {
    const { role = 'owner', ...window } = look
    const cookies = this.#cookies.get(role)
    const page = await this.openNobody(path, window, cookies)
    if (cookies === undefined) await this.#signIn(page, role)
    await page.getByRole('navigation').first().waitFor({ state: 'attached' })
    return page
  }

  /** A page of somebody who is not signed in. */
  async openNobody(path: string, look: Window = {}, cookies?: Cookies): Promise<Page> {
    const tell = (problem: string) => this.problems.push(problem)
    const page = await openWindow(this.#browser, look, tell, cookies)
    await page.goto(this.fleet.address + path)
    return page
  }

  async #signIn(page: Page, role: Role): Promise<void> {
    await this.addReader(role)
    await page.locator('input[type=email]').fill(emailOf(role))
    await page.locator('input[type=password]').fill(password)
    await page.locator('button[type=submit]').click()
    await page.getByRole('navigation').first().waitFor({ state: 'attached' })
    this.#cookies.set(role, await page.context().storageState())
  }

  /** Somebody with a password, who can sign in. */
  async addReader(role: Role): Promise<{ readonly email: string; readonly password: string }> {
    const email = emailOf(role)
    await this.fleet.api.call(routes.users.create, { body: { name: role, email, role, password } })
    return { email, password }
  }

  /** What time alone, or ten thousand machines, would write into the catalog. */
  write(sql: string, ...values: readonly (string | number)[]): void {
    using catalog = new DatabaseSync(join(this.fleet.folder, 'data', 'catalog.db'), {
      timeout: 10_000,
    })
    catalog.prepare(sql).run(...values)
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

function emailOf(role: Role): string {
  return `${role.toLowerCase()}@example.com`
}
