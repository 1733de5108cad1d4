// Previews in a real browser: text and images are seen, and nothing that a file holds runs, loads or reaches the console (A18).

import { deepEqual, equal, match } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import type { Frame, Page } from 'playwright-core'
import { overflowOf, seriousFindings } from './page-checks.ts'
import { ConsoleWorld, needsBrowser } from './world.ts'

describe('previews in the console', { skip: needsBrowser }, () => {
  let world: ConsoleWorld
  let page: Page
  let files = ''
  let dialogs = 0
  const beacon = openBeacon()

  before(async () => {
    const { address } = await beacon
    world = await ConsoleWorld.open()
    const agent = await world.fleet.addAgent('web-1', { fill: (source) => fill(source, address) })
    await world.fleet.firstJob(agent)
    const [version] = await world.fleet.versions(agent)
    const [point] = version?.points ?? []
    files = `/points/${point?.vaultId}/${point?.pointId}`
    page = await world.openPage(files)
    page.on('dialog', (dialog) => {
      dialogs++
      void dialog.dismiss()
    })
  })
  after(async () => {
    await world?.[Symbol.asyncDispose]()
    ;(await beacon).close()
  })

  test('a text is read in a frame of an origin of its own', async () => {
    const frame = await preview(page, 'notes.txt')
    equal(await textOf(frame), 'Größe & <b>no markup</b>\n')
    deepEqual(await frame.evaluate('[document.contentType, self.origin, document.characterSet]'), [
      'text/plain',
      'null',
      'UTF-8',
    ])
    deepEqual(await seriousFindings(page), [])
    await close(page)
  })

  test('an image is seen, whatever it is called', async () => {
    const frame = await preview(page, 'photo.html')
    const seen = '[document.contentType, self.origin, document.images[0].naturalWidth]'
    deepEqual(await frame.evaluate(seen), ['image/png', 'null', 40])
    await close(page)
  })

  for (const name of ['page.png', 'drawing.svg', 'page.html'])
    test(`${name} is its own source and runs nothing (A18)`, async () => {
      const frame = await preview(page, name)
      match(await textOf(frame), /<script>/)
      equal(await frame.evaluate('document.contentType'), 'text/plain')
      await checkNothingRan()
      await close(page)
    })

  test('an image with a program behind its first bytes stays an image (A18)', async () => {
    const frame = await preview(page, 'both.gif')
    equal(await frame.evaluate('document.contentType'), 'image/gif')
    await checkNothingRan()
    await close(page)
  })

  test('opened outside its frame a preview runs nothing either, and has no part in the session', async () => {
    for (const name of ['page.png', 'drawing.svg', 'both.gif']) {
      const address = await addressOf(page, name)
      await close(page)
      await page.goto(world.fleet.address + address)
      equal(await page.evaluate('self.origin'), 'null')
      match(String(await page.evaluate('document.contentType')), /^(text\/plain|image\/gif)$/)
      await checkNothingRan()
      await page.goto(world.fleet.address + files)
    }
  })

  test('what cannot be shown is refused in words, and can be downloaded', async () => {
    await openPreview(page, 'program')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('There is no preview of').waitFor()
    equal(await dialog.locator('iframe').count(), 0)
    const download = page.waitForEvent('download')
    await dialog.getByRole('link', { name: 'Download' }).click()
    equal((await download).suggestedFilename(), 'program')
    await close(page)
  })

  test('of a long text the beginning is shown, and that it is no more is said', async () => {
    const frame = await preview(page, 'long.log')
    equal((await textOf(frame)).length, 256 * 1024)
    await page.getByText('Of long texts the first 256 KiB are shown.').waitFor()
    await close(page)
  })

  test('on a phone, in the dark, in Chinese', async () => {
    const look = { language: 'zh', scheme: 'dark', width: 380 } as const
    const small = await world.openPage(files, look)
    await small.getByRole('button', { name: '预览 notes.txt' }).click()
    await small.getByText('与本页面隔离').waitFor()
    await frameOf(small)
    deepEqual(await seriousFindings(small), [])
    deepEqual(await overflowOf(small), [])
    await small.context().close()
  })

  test('no page complained', () => world.checkNoProblems())

  async function checkNothingRan(): Promise<void> {
    await page.waitForTimeout(300)
    deepEqual((await beacon).heard, [])
    equal(dialogs, 0)
    equal(await page.evaluate('globalThis.hasRun'), undefined)
  }
})

async function openPreview(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Preview ${name}`, exact: true }).click()
}

async function preview(page: Page, name: string): Promise<Frame> {
  await openPreview(page, name)
  return await frameOf(page)
}

/** Once it shows something. */
async function frameOf(page: Page): Promise<Frame> {
  const element = page.locator('iframe')
  equal(await element.getAttribute('sandbox'), '')
  const frame = await (await element.elementHandle())?.contentFrame()
  if (!frame) throw new Error('there is a frame')
  await frame.waitForURL(/\/preview\?/)
  await frame.waitForLoadState()
  return frame
}

async function textOf(frame: Frame): Promise<string> {
  return String(await frame.evaluate('document.body.textContent'))
}

async function addressOf(page: Page, name: string): Promise<string | null> {
  await openPreview(page, name)
  return await page.locator('iframe').getAttribute('src')
}

async function close(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}

/** Whoever runs a script, or loads an image, is heard here. */
async function openBeacon() {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { heard, address: `http://127.0.0.1:${port}`, close: () => server.close() }
}

function fill(source: string, beacon: string): void {
  const script = `<script>top.hasRun = true; alert(1); fetch('${beacon}/ran')</script>`
  const page = `<!doctype html><html><body onload="alert(2)"><img src="${beacon}/loaded">${script}`
  const drawing = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)">${script}<image href="${beacon}/drawn"/></svg>`
  const contents = {
    'notes.txt': 'Größe & <b>no markup</b>\n',
    'photo.html': png(40, 30),
    'page.png': page,
    'page.html': page,
    'drawing.svg': drawing,
    'both.gif': `GIF89a/*${page}*/=1;alert(4)`,
    program: Buffer.from('\x7fELF\x02\x01\x01\0\0', 'latin1'),
    'long.log': 'a line of a log\n'.repeat(20_000),
  }
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(source, name), content)
}

/** A red image, as any program reads it. */
function png(width: number, height: number): Buffer {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([200, 0, 0]))])
  const size = Buffer.alloc(13)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  size.set([8, 2], 8)
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const parts = [part('IHDR', size), part('IDAT', pixels), part('IEND', Buffer.alloc(0))]
  return Buffer.concat([signature, ...parts])
}

function part(kind: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
