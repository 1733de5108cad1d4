// Every page of the menu, and what is behind it, in both languages and both themes, wide and narrow.

import { deepEqual, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { menuOf, visit } from './menu.ts'
import { englishIn, overflowOf, rawWordsIn, seriousFindings, textsOf } from './page-checks.ts'
import { openScene, type Scene } from './scene.ts'
import { needsBrowser } from './world.ts'

const [wide, narrow] = [1280, 390]
/** Each language and each theme once; `npm run pages` walks through all four. */
const looks = [
  { language: 'en', scheme: 'light' },
  { language: 'zh', scheme: 'dark' },
  ...(process.env['HOLDFAST_EVERY_LOOK'] === undefined
    ? []
    : [{ language: 'en', scheme: 'dark' } as const, { language: 'zh', scheme: 'light' } as const]),
] as const
/** What people and machines of the scene are called. */
const names = ['Grace Hopper', 'Noor Haddad', 'Debian GNU/Linux', 'Audit of the year 2026']

describe('every page of the console', { skip: needsBrowser }, () => {
  // Wider than a phone by itself, and no space to break it at.
  const top = mkdtempSync(join(tmpdir(), 'holdfast-volumes-of-the-containers-of-all-customers-'))
  const folderOf = (name: string) => join(top, name, '_data')
  let scene: Scene

  before(async () => {
    scene = await openScene({ folderOf, losesOne: false })
  })
  after(async () => {
    await scene?.world[Symbol.asyncDispose]()
    rmSync(top, { recursive: true })
  })

  for (const { language, scheme } of looks)
    test(`is whole, in ${language}, ${scheme} (G6, lesson 10)`, async () => {
      const { world } = scene
      const page = await world.openPage('/', { language, scheme, width: wide })
      const menu = await menuOf(page)
      ok(menu.length >= 10, menu.join(' '))
      const findings: string[] = []
      for (const path of [...menu, ...behindTheMenu(scene)]) {
        await visit(page, world.fleet.address + path)
        if (path.includes('panel=')) await page.getByRole('dialog').getByRole('heading').waitFor()
        for (const one of await findingsOf(page, language)) findings.push(`${path}: ${one}`)
      }
      deepEqual(findings, [])
      await page.context().close()
    })

  test('no page complained', () => scene.world.checkNoProblems())
})

async function findingsOf(page: Page, language: 'en' | 'zh'): Promise<readonly string[]> {
  const texts = await textsOf(page)
  const findings = [
    ...(await seriousFindings(page)),
    ...rawWordsIn(texts).map((text) => `raw: ${text}`),
    ...(language === 'zh' ? englishIn(texts, names).map((text) => `English: ${text}`) : []),
    ...(await overflowOf(page)),
  ]
  await page.setViewportSize({ width: narrow, height: 800 })
  const narrowFindings = (await overflowOf(page)).map((one) => `${narrow} px: ${one}`)
  await page.setViewportSize({ width: wide, height: 800 })
  return [...findings, ...narrowFindings]
}

function behindTheMenu({ versions, web, files, partial, restore }: Scene): readonly string[] {
  const [point] = versions[0]?.points ?? []
  if (point === undefined) throw new Error('there is a point')
  const { vaultId, pointId } = point
  return [
    `/instances/${web.instanceId}`,
    `/instances/${files.instanceId}?tab=jobs`,
    `/instances/${web.instanceId}?tab=restores`,
    `/instances/${web.instanceId}?tab=settings`,
    `/instances/${web.instanceId}?tab=files&pattern=${encodeURIComponent('*.conf')}`,
    `/instances/${web.instanceId}/file?path=${encodeURIComponent('/home/shop/README.md')}`,
    `/jobs/${partial.jobId}`,
    `/points/${vaultId}/${pointId}`,
    `/points/${vaultId}/${pointId}?pattern=${encodeURIComponent('*.conf')}`,
    `/points/${vaultId}/${pointId}?panel=restore`,
    `/points/${vaultId}/${pointId}?panel=compare`,
    `/restores/${restore.restoreJobId}`,
    `/vaults/${vaultId}`,
    `/vaults/${vaultId}?tab=held`,
    '/alerts?tab=channels',
    '/users?tab=tokens',
    '/settings?tab=security',
    '/settings?tab=account',
    '/settings?tab=server',
    '/nothing-is-here',
  ]
}
