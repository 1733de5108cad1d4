/** Previews on real vaults: text and images by their bytes, whatever they are called, and nothing else (A18). */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import {
  type PointId,
  previewImageBytesMax,
  previewMedia,
  previewTextBytesMax,
  type VaultId,
} from '#contract'
import { type OpenMachine, PointsWorld } from './points-world.contract.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(70_000)])
const largePng = Buffer.concat([png, Buffer.alloc(previewImageBytesMax)])
const script = '<script>alert(1)</script>'
const svg = `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`
/** The last character that fits is cut in two. */
const longText = Buffer.from(`${'x'.repeat(previewTextBytesMax - 1)}照片`)

function fill(folder: string): void {
  mkdirSync(join(folder, 'docs'))
  const files = {
    'notes.txt': 'Größe',
    empty: '',
    'page.png': `<html>${script}</html>`,
    'drawing.svg': svg,
    'photo.html': png,
    'large.png': largePng,
    'long.log': longText,
    'latin.txt': Buffer.from('caf\xe9', 'latin1'),
    'program.txt': Buffer.concat([Buffer.from('\x7fELF'), randomBytes(100)]),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  symlinkSync('/etc/passwd', join(folder, 'link'))
}

type Place = { readonly vaultId: VaultId; readonly pointId: PointId }

export function previewContract(open: OpenMachine): void {
  test('text and images are shown for what their bytes are, and nothing as a page (A18)', () =>
    showsByBytes(open))

  test('what is no text and no image of those, too large, or no file is refused with the reason', () =>
    refusesOthers(open))

  test('previews give their place back, looked at to the end or not', () => givesBack(open))
}

async function made(open: OpenMachine) {
  const world = await PointsWorld.make(open)
  fill(world.machine.folder)
  const vaultId = await world.addVault()
  const { pointId } = await world.backup(vaultId)
  return { world, place: { vaultId, pointId } }
}

async function preview(world: PointsWorld, place: Place, name: string) {
  const path = byteStringFromText(`${world.machine.folder}/${name}`)
  return await world.points.preview({ path: place, query: { path }, body: undefined }, world.as())
}

async function shown(world: PointsWorld, place: Place, name: string) {
  const { content, media, length, fileName, isPreview } = await preview(world, place, name)
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part.slice())
  const bytes = Buffer.concat(parts)
  deepEqual([length, fileName, isPreview], [bytes.length, undefined, true])
  equal(
    previewMedia.some((one) => one === media),
    true,
  )
  return { media, bytes }
}

async function showsByBytes(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const text = 'text/plain; charset=utf-8'
  const expected = {
    'notes.txt': { media: text, bytes: Buffer.from('Größe') },
    empty: { media: text, bytes: Buffer.alloc(0) },
    'page.png': { media: text, bytes: Buffer.from(`<html>${script}</html>`) },
    'drawing.svg': { media: text, bytes: Buffer.from(svg) },
    'photo.html': { media: 'image/png', bytes: png },
    'long.log': { media: text, bytes: longText.subarray(0, previewTextBytesMax - 1) },
  }
  for (const [name, what] of Object.entries(expected))
    deepEqual(await shown(world, place, name), what, name)
}

async function refusesOthers(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const refused = {
    'large.png': /more than 8388608 bytes/,
    'latin.txt': /neither text/,
    'program.txt': /neither text/,
    docs: /no file/,
    link: /no file/,
  }
  for (const [name, message] of Object.entries(refused))
    await rejects(preview(world, place, name), { code: 'preview.refused', message }, name)
  await rejects(preview(world, place, 'nothing'), { code: 'path.not-found' })
}

async function givesBack(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  for (let at = 0; at < 40; at++) {
    await shown(world, place, 'notes.txt')
    await rejects(preview(world, place, 'program.txt'))
    const { content } = await preview(world, place, 'photo.html')
    const source = content[Symbol.asyncIterator]()
    await source.next()
    await source.return?.()
  }
}
