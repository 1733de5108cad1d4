/**
 * A look into a file without taking it: text, or an image. It is shown in a frame that has no right and an origin of its
 * own, so whatever a file holds it reaches neither this page nor the server (A18).
 */
import { Anchor, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type Entry, pathToText, previewTextBytesMax, routes } from '#contract'
import { api } from '../../api/client.ts'
import { keyOf } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { shownName } from '../../parts/entry-name.tsx'
import { formatBytes } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import { downloadAddress, previewAddress } from './download-address.ts'

export function PreviewDialog({
  params,
  entry,
  onClose,
}: {
  readonly params: { readonly vaultId: string; readonly pointId: string }
  readonly entry: Entry
  readonly onClose: () => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { locale } = useLanguage()
  const first = useFirstPiece(params, entry)
  const name = shownName(entry.name)
  return (
    <Dialog
      onClose={onClose}
      size="xl"
      title={
        <Text fw={600} style={{ overflowWrap: 'anywhere' }} dir="auto">
          {name}
        </Text>
      }
    >
      <Stack gap="sm">
        {first.isPending && <Loading />}
        {first.isError && <ProblemNotice problem={first.error} />}
        {first.isSuccess && (
          <iframe
            title={words.previewOf(name)}
            src={previewAddress(params, entry)}
            sandbox=""
            referrerPolicy="no-referrer"
            style={frameStyle}
          />
        )}
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed" flex={1}>
            {first.isSuccess && words.previewAbout}{' '}
            {first.isSuccess &&
              entry.size > previewTextBytesMax &&
              words.previewCut(formatBytes(previewTextBytesMax, locale))}
          </Text>
          <Anchor size="sm" href={downloadAddress(params, [entry], 'file')} download>
            {words.download}
          </Anchor>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** A frame cannot tell why it stays empty: the same call is begun here first, and its problem is shown as one. */
function useFirstPiece(path: PreviewPlace, entry: Entry) {
  const input = { path, query: { path: pathToText(entry.path) } }
  return useQuery({
    queryKey: keyOf(routes.points.preview, input),
    queryFn: async ({ signal }) => {
      for await (const piece of await api.stream(routes.points.preview, input, { signal }))
        return piece.length
      return 0
    },
  })
}

type PreviewPlace = { readonly vaultId: string; readonly pointId: string }

const frameStyle = {
  width: '100%',
  height: '60vh',
  border: '1px solid var(--mantine-color-default-border)',
  borderRadius: 'var(--mantine-radius-sm)',
} as const
