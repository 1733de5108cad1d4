/**
 * Names on their way through fuse-native, which makes text of them. Bytes that are no UTF-8 are shown as `\xff`; such a
 * name leads back to its bytes, and only when no entry has the shown name itself.
 */
import { type ByteString, byteString, byteStringFromText, bytesOf } from '#base'

export function shownName(name: ByteString): string {
  const bytes = bytesOf(name)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (byteString(new TextEncoder().encode(text)) === name) return text
  return Array.from(name, (c) => (c < '\x80' ? c : `\\x${c.charCodeAt(0).toString(16)}`)).join('')
}

/** What a shown path can stand for, the likeliest first. */
export function candidatePaths(shown: string): readonly ByteString[] {
  const path = byteStringFromText(shown.replace(/^\//, ''))
  if (!/\\x[89a-f][0-9a-f]/.test(path)) return [path]
  const levels = path.split('/').map((level) => [level, unescaped(level)])
  let paths: readonly string[] = ['']
  for (const choices of levels.slice(0, levelsMax)) {
    const both = choices[0] === choices[1] ? choices.slice(0, 1) : choices
    paths = paths.flatMap((before) =>
      both.map((level) => (before === '' ? level : `${before}/${level}`)),
    )
  }
  const rest = levels.slice(levelsMax).map(([level]) => `/${level}`)
  return paths.map((one) => (one + rest.join('')) as ByteString)
}

/** Each level may be meant either way; beyond this many the shown form is taken for the name. */
const levelsMax = 12

function unescaped(level: string): string {
  return level.replace(/\\x([89a-f][0-9a-f])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
