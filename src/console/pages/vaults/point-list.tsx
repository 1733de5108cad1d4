/** Points of a vault: by the end of their retention, those on hold, or those in the trash. */
import { Button, Group, SegmentedControl } from '@mantine/core'
import { IconAnchor, IconStack2, IconTrash } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Point, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import type { VaultTab } from './address.ts'
import { usePointColumns } from './point-columns.tsx'
import { PointDialog } from './point-dialogs.tsx'
import type { PointStep } from './point-steps.ts'
import { useVaultRights } from './rights.ts'

const pageItems = 200
const filters = {
  points: { trashed: false },
  held: { held: true },
  trash: { trashed: true },
} as const
const orders = ['expiresAt', '-createdAt'] as const

type Stepping = { readonly step: PointStep; readonly point: Point }

export function PointList({
  vaultId,
  shown,
  onPoints,
}: {
  readonly vaultId: string
  readonly shown: VaultTab
  readonly onPoints: () => void
}) {
  const texts = usePageWords(vaultsTexts).points
  const navigate = useNavigate()
  const { restores } = useVaultRights()
  const [sort, setSort] = useState<(typeof orders)[number]>('expiresAt')
  const [stepping, setStepping] = useState<Stepping>()
  const query = { limit: pageItems, sort, ...filters[shown] }
  const list = usePages(routes.points.list, { path: { vaultId }, query })
  const open = ({ pointId }: Point) =>
    void navigate({ to: '/points/$vaultId/$pointId', params: { vaultId, pointId } })
  const take = (step: PointStep, point: Point) => setStepping({ step, point })
  const columns = usePointColumns({ shown, take, open })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = list
  if (list.isPending) return <Loading />
  if (list.isError) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  if (items.length === 0) return <NoPoints shown={shown} onPoints={onPoints} />
  return (
    <>
      <Group mb="sm">
        <SegmentedControl
          size="xs"
          aria-label={texts.order}
          value={sort}
          onChange={(value) => setSort(orders.find((one) => one === value) ?? 'expiresAt')}
          data={[
            { value: orders[0], label: texts.byEnd },
            { value: orders[1], label: texts.byAge },
          ]}
        />
      </Group>
      <Rows
        label={texts.toPoints}
        columns={columns}
        rows={items}
        keyOf={({ pointId }) => pointId}
        onOpen={restores && shown !== 'trash' ? open : undefined}
        onEnd={() => {
          if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
        }}
        height="60vh"
      />
      {stepping !== undefined && (
        <PointDialog {...stepping} onClose={() => setStepping(undefined)} />
      )}
    </>
  )
}

function NoPoints({
  shown,
  onPoints,
}: {
  readonly shown: VaultTab
  readonly onPoints: () => void
}) {
  const texts = usePageWords(vaultsTexts).points
  const toPoints = (
    <Button variant="default" onClick={onPoints}>
      {texts.toPoints}
    </Button>
  )
  const toInstances = (
    <Button component={Link} to="/instances">
      {texts.toInstances}
    </Button>
  )
  const said = {
    points: {
      icon: <IconStack2 />,
      title: texts.empty,
      about: texts.emptyAbout,
      action: toInstances,
    },
    held: {
      icon: <IconAnchor />,
      title: texts.emptyHeld,
      about: texts.emptyHeldAbout,
      action: toPoints,
    },
    trash: {
      icon: <IconTrash />,
      title: texts.emptyTrash,
      about: texts.emptyTrashAbout,
      action: toPoints,
    },
  }
  return <EmptyState {...said[shown]} />
}
