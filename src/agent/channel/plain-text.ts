/** Text of any origin as a line that the wire takes: what does not show becomes a blank. */
export function plainText(text: string, lengthMax: number): string {
  const plain = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  if (plain.length <= lengthMax) return plain === '' ? '?' : plain
  // Half a pair would be no text.
  return `${plain
    .slice(0, lengthMax - 1)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`
}
