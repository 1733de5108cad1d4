/** Where in the point we are; each level leads there. */
import { Anchor, Breadcrumbs } from '@mantine/core'
import type { ByteString } from '#base'
import { pathToText } from '#contract'
import { pathFromWire, shownPath } from '../../parts/wire-paths.ts'
import { usePageWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'

export function FolderPath({
  path,
  onOpen,
}: {
  readonly path: string | undefined
  readonly onOpen: (path: string | undefined) => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const bytes = path === undefined ? '' : pathFromWire(path)
  const names = bytes === '' ? [] : bytes.split('/')
  return (
    <Breadcrumbs separatorMargin={6}>
      <Anchor component="button" type="button" size="sm" onClick={() => onOpen(undefined)}>
        {words.top}
      </Anchor>
      {names.map((name, i) => {
        const to = names.slice(0, i + 1).join('/')
        return (
          <Anchor
            key={to}
            component="button"
            type="button"
            size="sm"
            maw={220}
            truncate
            onClick={() => onOpen(pathToText(to as ByteString))}
          >
            {shownPath(name)}
          </Anchor>
        )
      })}
    </Breadcrumbs>
  )
}
