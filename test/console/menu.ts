/** The pages of the console as its menu has them, so that a page that is added is walked by itself. */
import { equal, match } from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** Addresses of all pages of the menu. */
export async function menuOf(page: Page): Promise<readonly string[]> {
  const links = await page.locator('nav a[href^="/"]').all()
  const addresses = await Promise.all(links.map((link) => link.getAttribute('href')))
  return [...new Set(addresses.filter((address) => address !== null))]
}

/** Opens a page and waits until it shows what it has to show. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await settle(page)
}

/** Each key by itself, as somebody types who reads along: whatever is asked for in between is asked for. */
export async function typeSlowly(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key)
    await page.waitForTimeout(600)
  }
}

/** A day of a list's filter goes number by number; the field keeps the focus until it is whole, and is cleared with the others. */
export async function tryDayFilter(page: Page, label: string): Promise<void> {
  const field = page.getByLabel(label)
  await field.focus()
  await typeSlowly(page, ...'11112025')
  equal(await field.inputValue(), '2025-11-11')
  match(page.url(), /from=2025-11-11/)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.waitForURL((url) => url.search === '')
  equal(await field.inputValue(), '')
}

/** Nothing is being asked for, and nothing says that it loads. */
export async function settle(page: Page): Promise<void> {
  const loading = page.getByRole('status', { name: /^(Loading|正在加载)$/ })
  await page.waitForTimeout(300)
  for (const one of await loading.all()) await one.waitFor({ state: 'detached' })
  await page.waitForTimeout(200)
}
