/** Versions, newest first. One with a single volume opens at once; of several, the volume is chosen. */
import { Badge, Group, NavLink, Stack, Text, Tooltip } from '@mantine/core'
import { IconAnchor, IconLock, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useMemo, useState } from 'react'
import type { Point, PointStatus, Version } from '#contract'
import { Dialog } from '../../parts/dialog.tsx'
import { EntryName } from '../../parts/entry-name.tsx'
import { Bytes, Count, FilesAndSize, formatInstant, Instant } from '../../parts/formats.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'

const colors: Readonly<Record<PointStatus, string>> = {
  complete: 'teal',
  partial: 'yellow',
  failed: 'red',
}

export function VersionList({
  versions,
  onEnd,
}: {
  readonly versions: readonly Version[]
  readonly onEnd: () => void
}) {
  const { history } = usePageWords(instanceTexts)
  const [choosing, setChoosing] = useState<Version>()
  const openPoint = useOpenPoint()
  const columns = useVersionColumns()
  const open = (version: Version) => {
    const [first, ...others] = version.points
    if (first !== undefined && others.length === 0) openPoint(first)
    else setChoosing(version)
  }
  return (
    <>
      <Rows
        label={history.versions}
        columns={columns}
        rows={versions}
        keyOf={({ versionId }) => versionId}
        onOpen={open}
        onEnd={onEnd}
        height="calc(100vh - 420px)"
      />
      {choosing !== undefined && (
        <PointChoice version={choosing} onOpen={openPoint} onClose={() => setChoosing(undefined)} />
      )}
    </>
  )
}

function useOpenPoint(): (point: Point) => void {
  const navigate = useNavigate()
  return ({ vaultId, pointId }) =>
    void navigate({ to: '/points/$vaultId/$pointId', params: { vaultId, pointId } })
}

function useVersionColumns(): readonly Column<Version>[] {
  const { history } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  return useMemo((): readonly Column<Version>[] => {
    const { columns } = history
    return [
      {
        key: 'at',
        title: columns.at,
        width: 'minmax(140px, 1.5fr)',
        cell: ({ createdAt }) => (
          <Text size="sm" fw={600} truncate>
            <time dateTime={new Date(createdAt).toISOString()}>
              {formatInstant(createdAt, locale)}
            </time>
          </Text>
        ),
      },
      {
        key: 'status',
        title: columns.status,
        width: 'minmax(120px, 1.2fr)',
        cell: (version) => <VersionStatus {...version} />,
      },
      {
        key: 'volumes',
        title: columns.volumes,
        width: 'minmax(80px, 1fr)',
        wideOnly: true,
        cell: ({ points }) => (
          <Text size="sm" truncate>
            {points.map(({ pointId, path }, i) => (
              <span key={pointId}>
                {i > 0 && ', '}
                <EntryName name={path} />
              </span>
            ))}
          </Text>
        ),
      },
      amountColumn('files', columns.files, ({ files }) => <Count value={files} />),
      amountColumn('size', columns.size, ({ sourceBytes }) => <Bytes value={sourceBytes} />),
      amountColumn('added', columns.added, ({ newBytes }) => <Bytes value={newBytes} />),
      {
        key: 'expires',
        title: columns.expires,
        width: 'minmax(170px, 1.1fr)',
        wideOnly: true,
        cell: ({ expiresAt }) =>
          expiresAt === undefined ? history.forEver : <Instant at={expiresAt} />,
      },
    ]
  }, [history, locale])
}

function amountColumn(
  key: string,
  title: string,
  cell: (version: Version) => ReactNode,
): Column<Version> {
  return { key, title, width: '90px', wideOnly: true, align: 'end', cell }
}

function VersionStatus({ status, points }: Pick<Version, 'status' | 'points'>) {
  const { history } = usePageWords(instanceTexts)
  const trouble = points.reduce((sum, { failureCount }) => sum + failureCount, 0)
  return (
    <Group gap={6} wrap="nowrap">
      <Tooltip label={history.failures(trouble)} disabled={trouble === 0}>
        <Badge variant="light" color={colors[status]} tt="none">
          {history.legend[status]}
        </Badge>
      </Tooltip>
      <PointMarks points={points} />
    </Group>
  )
}

function PointMarks({ points }: { readonly points: readonly Point[] }) {
  const { history } = usePageWords(instanceTexts)
  const marks = [
    { says: history.locked, Icon: IconLock, is: points.some(({ locked }) => locked) },
    {
      says: points.some(({ holds }) => holds.length > 0) ? history.held : history.kept,
      Icon: IconAnchor,
      is: points.some(({ holds, keptAsNewest }) => keptAsNewest || holds.length > 0),
    },
    {
      says: history.trashed,
      Icon: IconTrash,
      is: points.some(({ trashedUntil }) => trashedUntil !== undefined),
    },
  ]
  return marks
    .filter(({ is }) => is)
    .map(({ says, Icon }) => (
      <Tooltip key={says} label={says}>
        <Icon size={15} role="img" aria-label={says} />
      </Tooltip>
    ))
}

function PointChoice({
  version,
  onOpen,
  onClose,
}: {
  readonly version: Version
  readonly onOpen: (point: Point) => void
  readonly onClose: () => void
}) {
  const { history } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  return (
    <Dialog onClose={onClose} title={history.points(formatInstant(version.createdAt, locale))}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {history.choosePoint}
        </Text>
        {version.points.map((point) => (
          <NavLink
            key={point.pointId}
            component="button"
            onClick={() => onOpen(point)}
            label={<EntryName name={point.path} />}
            description={<FilesAndSize files={point.files} bytes={point.sourceBytes} />}
            rightSection={<VersionStatus status={point.status} points={[point]} />}
          />
        ))}
      </Stack>
    </Dialog>
  )
}
