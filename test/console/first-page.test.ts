// How much is fetched before somebody sees something, and that a list of ten thousand rows scrolls.

import { equal, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FleetAgent } from '../fleet/world.ts'
import { settle } from './menu.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

const scriptBytesMax = 240_000
const rows = 10_000
/** In sight, and some above and below. */
const rowsInPageMax = 80
/** The machine of a test is shared: this says only that a frame does not redo the whole list. */
const frameMsMax = 400

describe('what the console costs', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let agent: FleetAgent

  before(async () => {
    world = await ConsoleWorld.open()
    agent = await world.fleet.addAgent('files-1', {
      fill(source) {
        for (let i = 0; i < rows; i++)
          writeFileSync(join(source, `file-${`${i}`.padStart(5, '0')}`), '')
      },
    })
    await world.fleet.firstJob(agent)
    // Signs in once, so that what is measured is the page and not the way to it.
    await (await world.openPage('/')).context().close()
  })
  after(async () => await world?.[Symbol.asyncDispose]())

  test('signing in fetches no more than 240 KB of compressed scripts', async () => {
    const page = await world.openNobody('/mark.svg')
    await checkScripts(page, '/', async () => {
      await page.locator('input[type=password]').waitFor()
    })
  })

  test('the overview fetches no more than 240 KB of compressed scripts', async () => {
    const page = await world.openPage('/jobs')
    await checkScripts(page, '/', async () => {
      await page.getByRole('heading', { name: 'Latest jobs' }).waitFor()
      await page.getByText('files-1').waitFor()
    })
  })

  test('ten thousand rows scroll: few of them are in the page (lesson 6)', async () => {
    const [version] = await world.fleet.versions(agent)
    const [point] = version?.points ?? []
    const page = await world.openPage(`/points/${point?.vaultId}/${point?.pointId}`)
    await page.getByRole('row', { name: /file-00000/ }).waitFor()
    let most = 0
    const last = page.getByRole('row', { name: /file-09999/ })
    while ((await last.count()) === 0) {
      await page.evaluate(`${view}.scrollTop = ${view}.scrollHeight`)
      await page.waitForTimeout(50)
      most = Math.max(most, await rowsIn(page))
    }
    const frames = await framesOfWayUp(page)
    most = Math.max(most, await rowsIn(page))
    ok(most <= rowsInPageMax, `${most} rows in the page`)
    await page.getByRole('row', { name: /file-00000/ }).waitFor()
    const median = frames.toSorted((one, other) => one - other)[frames.length >> 1] ?? 0
    ok(median <= frameMsMax, `half of the frames took ${median} ms or more`)
    await page.context().close()
  })

  test('no page complained', () => world.checkNoProblems())

  async function checkScripts(
    page: Page,
    path: string,
    isThere: () => Promise<void>,
  ): Promise<void> {
    const sizes: Promise<number>[] = []
    const encodings = new Set<string>()
    page.on('requestfinished', (request) => {
      if (!new URL(request.url()).pathname.endsWith('.js')) return
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
      void request.response().then((answer) => {
        encodings.add(answer?.headers()['content-encoding'] ?? 'none')
      })
    })
    const session = await page.context().newCDPSession(page)
    await session.send('Network.setCacheDisabled', { cacheDisabled: true })
    await page.goto(world.fleet.address + path)
    await isThere()
    await settle(page)
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    equal(encodings.has('none'), false, 'scripts are sent compressed')
    ok(total > 50_000 && total <= scriptBytesMax, `${total} bytes of scripts`)
    await page.context().close()
  }
})

const view = `document.querySelector('.rows-view .mantine-ScrollArea-viewport')`

async function rowsIn(page: Page): Promise<number> {
  return await page.evaluate(`document.querySelectorAll('[role="row"]').length`)
}

/** Scrolls from the end to the beginning in 100 steps. @returns what each frame took */
async function framesOfWayUp(page: Page): Promise<readonly number[]> {
  return await page.evaluate(`new Promise((done) => {
    const view = ${view}
    const step = view.scrollHeight / 100
    const frames = []
    let before = performance.now()
    const next = (now) => {
      frames.push(now - before)
      before = now
      view.scrollTop -= step
      if (view.scrollTop <= 0) done(frames)
      else requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })`)
}
