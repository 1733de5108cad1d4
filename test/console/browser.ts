/** Debian's Chromium for tests of the console, as people have it: a language, a theme, a width. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { needsRoot } from '../fleet/world.ts'
import { root } from '../house/source-files.ts'

const chromiumPath = '/usr/bin/chromium'
/** The machine of a test may be busy with others. */
export const patienceMs = 30_000

/** For `skip` of a test; false: all that it needs is here. */
export const needsBrowser: string | false =
  needsRoot || (existsSync(chromiumPath) ? false : 'needs Chromium: scripts/install-test-tools.sh')

export type Look = {
  readonly language?: 'en' | 'zh'
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
}

export type Cookies = Awaited<ReturnType<BrowserContext['storageState']>>

export async function launchBrowser(): Promise<Browser> {
  buildConsole()
  return await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
}

/** A window of its own; what it says as an error, and every exception in it, is told. */
export async function openWindow(
  browser: Browser,
  { language = 'en', scheme = 'light', width = 1280 }: Look,
  tell: (problem: string) => void,
  cookies?: Cookies,
): Promise<Page> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: scheme,
    viewport: { width, height: 800 },
    reducedMotion: 'reduce',
    ...(cookies === undefined ? {} : { storageState: cookies }),
  })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  page.on('pageerror', (problem) => tell(String(problem)))
  page.on('console', (message) => {
    // What the server refuses is shown on the page; the browser's own line about it says nothing more.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusal) tell(message.text())
  })
  return page
}

/** One test file builds, others wait for it. */
function buildConsole(): void {
  const lock = join(tmpdir(), 'holdfast-console-build.lock')
  const build = [process.execPath, join(root, 'scripts/build-console.ts'), '--if-stale']
  const { status, stderr } = spawnSync('flock', [lock, ...build], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the console was not built: ${stderr}`)
}
