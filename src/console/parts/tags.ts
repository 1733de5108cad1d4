/** Tags as people type them: `name=value`, or only a name. */
type Tags = Readonly<Record<string, string>>

const partMax = 128

export function tagTexts(tags: Tags): readonly string[] {
  return Object.entries(tags).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
}

/** Undefined: not every one of them is a tag. */
export function parseTags(texts: readonly string[]): Record<string, string> | undefined {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf('=')
    return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  })
  const isGood = ([name, value]: readonly [string, string]) =>
    name !== '' && name.length <= partMax && value.length <= partMax
  return pairs.every(isGood) ? Object.fromEntries(pairs) : undefined
}

export function areSameTags(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at])
}
