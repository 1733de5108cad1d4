/** Where in the point we are; each level leads there. */
import { Anchor, Breadcrumbs, Text } from '@mantine/core'
import type { ByteString } from '#base'
import { pathToText } from '#contract'
import { shownName } from '../../parts/entry-name.tsx'
import { pathFromWire } from '../../parts/wire-paths.ts'
import { usePageWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'

export function FolderPath({
  root,
  path,
  onOpen,
}: {
  /** Where the point was on its machine. */
  readonly root: ByteString
  readonly path: string | undefined
  readonly onOpen: (path: string | undefined) => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const start = root === '/' ? '/' : `${root}/`
  const bytes = path === undefined ? root : pathFromWire(path)
  const names = bytes.startsWith(start)
    ? bytes
        .slice(start.length)
        .split('/')
        .filter((name) => name !== '')
    : []
  return (
    <Breadcrumbs separatorMargin={6} miw={0}>
      <Anchor
        component="button"
        type="button"
        size="sm"
        ta="start"
        onClick={() => onOpen(undefined)}
      >
        {/* It may be wider than a phone, and without it nobody knows where they are: it is broken, not cut. */}
        <Text span inherit style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>
          {root === '/' ? words.top : shownName(root)}
        </Text>
      </Anchor>
      {names.map((name, i) => {
        const to = `${start}${names.slice(0, i + 1).join('/')}`
        return (
          <Anchor
            key={to}
            component="button"
            type="button"
            size="sm"
            maw={220}
            truncate
            title={shownName(name as ByteString)}
            onClick={() => onOpen(pathToText(to as ByteString))}
          >
            {shownName(name as ByteString)}
          </Anchor>
        )
      })}
    </Breadcrumbs>
  )
}
