/** What every page of the console must be, whatever it shows. */
import { ok } from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { settle } from './menu.ts'

/** What axe calls serious or critical. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // What fades in has too little contrast on its way.
  await comeToRest(page)
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, any }) =>
          `${id}: ${any.map(({ message }) => message).join('; ')}: ${html.slice(0, 200)}`,
      ),
    )
}

/** What sticks out to the side of the page once nothing moves; a part that scrolls by itself may be wider. */
export async function overflowOf(page: Page): Promise<readonly string[]> {
  await comeToRest(page)
  return await page.evaluate(`(() => {
    const found = []
    for (const whole of [document.documentElement, ...document.querySelectorAll('[role="dialog"]')]) {
      if (whole.scrollWidth <= whole.clientWidth) continue
      const end = whole.getBoundingClientRect().left + whole.clientWidth
      const wide = [...whole.querySelectorAll('*')].filter(
        (element) => element.getBoundingClientRect().right > end + 1)
      found.push(
        whole.tagName + ': ' + whole.scrollWidth + ' px wide',
        ...wide.slice(-3).map((one) => one.outerHTML.slice(0, 160)))
    }
    return found
  })()`)
}

/** A page whose width has changed glides into its new form; what turns without end is not waited for. */
async function comeToRest(page: Page): Promise<void> {
  const isAtRest = await page.evaluate(`(async () => {
    const frame = () => new Promise(requestAnimationFrame)
    const isMoving = () => document.getAnimations().some(({ playState, effect }) =>
      playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime))
    const endsAt = performance.now() + 10_000
    do {
      // The new width is laid out, then the page hears of it and takes other columns, and those are laid out.
      for (let i = 0; i < 4; i++) await frame()
    } while (isMoving() && performance.now() < endsAt)
    return !isMoving()
  })()`)
  ok(isAtRest, 'the page comes to rest')
}

/** Every piece of text that a page shows or reads out, without what is quoted: names, paths, code, times. */
export async function textsOf(page: Page): Promise<readonly string[]> {
  return await page.evaluate(`(() => {
    const quoted = 'code, pre, kbd, time, .mono, textarea, script, style, noscript, bdi, [lang="en"], [dir="auto"]'
    const texts = [document.title]
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.nodeType === 1 ? node : node.parentElement
      if (element.closest(quoted) !== null) continue
      const said = node.nodeType === 1
        ? ['aria-label', 'placeholder', 'alt'].map((name) => node.getAttribute(name) ?? '')
        : [node.nodeValue]
      texts.push(...said.map((text) => text.trim()).filter((text) => text !== ''))
    }
    return texts
  })()`)
}

const id =
  /\b(a|al|au|pd|ch|c|ac|ev|i|job|plan|po|r|rule|se|tok|u|v|ver)-[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9a-f]{32,}\b/
const word = /\bundefined\b|\[object |\bNaN\b|\b[A-Z]+_[A-Z_]+\b|\{\w+\}|=> /

/** Ids and words of the program where a name belongs. */
export function rawWordsIn(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => id.test(text) || word.test(text))
}

/** Three words of English in a row are a sentence that nobody translated. */
export function englishIn(
  texts: readonly string[],
  names: readonly string[] = [],
): readonly string[] {
  const sentence = /\b[A-Za-z]{2,}[,;:]? [A-Za-z]+[,;:]? [A-Za-z]{2,}\b/
  return texts.filter((text) =>
    sentence.test(names.reduce((rest, name) => rest.replaceAll(name, ''), text)),
  )
}

/** What a page of these texts in Chinese has wrong: it sticks out, a machine could not read it, or it speaks another tongue. */
export async function flawsOf(page: Page): Promise<readonly string[]> {
  await settle(page)
  const texts = await textsOf(page)
  // Said only where there is no script.
  const shown = texts.filter((text) => !text.includes('needs JavaScript'))
  return [
    ...(await overflowOf(page)),
    ...(await seriousFindings(page)),
    ...rawWordsIn(texts),
    ...englishIn(shown),
  ]
}
