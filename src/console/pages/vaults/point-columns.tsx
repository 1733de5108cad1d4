/** The columns of a list of points. What is clicked in the menu of a row stays there; the rest of the row opens the point. */
import { ActionIcon, Badge, Box, Group, Menu, Text, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle, IconAnchor, IconDots, IconLock } from '@tabler/icons-react'
import { type ReactNode, type SyntheticEvent, useMemo } from 'react'
import type { Point } from '#contract'
import { Bytes, Instant } from '../../parts/formats.tsx'
import { ObjectName, useNameOf } from '../../parts/object-name.tsx'
import { PathName } from '../../parts/path-name.tsx'
import type { Column } from '../../parts/rows.tsx'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import type { VaultTab } from './address.ts'
import { fitsPoint, type PointStep, pointSteps } from './point-steps.ts'
import { useVaultRights } from './rights.ts'

type Given = {
  readonly shown: VaultTab
  readonly take: (step: PointStep, point: Point) => void
  readonly open: (point: Point) => void
}

export function usePointColumns({ shown, take, open }: Given): readonly Column<Point>[] {
  const texts = usePageWords(vaultsTexts).points
  return useMemo((): readonly Column<Point>[] => {
    const machine: Column<Point> = {
      key: 'machine',
      title: texts.machine,
      width: 'minmax(70px, 1.6fr)',
      cell: ({ instanceId, path }) => (
        <>
          <ObjectName id={instanceId} fw={600} />
          <PathName path={path} fz="xs" c="dimmed" />
        </>
      ),
    }
    const menu: Column<Point> = {
      key: 'actions',
      title: texts.actions,
      head: <VisuallyHidden>{texts.actions}</VisuallyHidden>,
      width: '36px',
      align: 'end',
      cell: (point) => <PointMenu point={point} take={take} open={open} />,
    }
    const reasons: Column<Point> = {
      key: 'reasons',
      title: texts.reasons,
      width: 'minmax(90px, 2fr)',
      cell: ({ holds }) => {
        const said = holds.map(({ reason }) => reason).join('; ')
        return (
          <Text size="sm" truncate title={said} dir="auto">
            {said}
          </Text>
        )
      },
    }
    return [
      machine,
      {
        key: 'made',
        title: texts.made,
        width: 'minmax(110px, 1fr)',
        wideOnly: true,
        cell: ({ createdAt }) => <Instant at={createdAt} />,
      },
      {
        key: 'ends',
        title: shown === 'trash' ? texts.gone : texts.ends,
        width: 'minmax(164px, 2.2fr)',
        // What is held has no end of its own for now.
        ...(shown === 'held' ? { wideOnly: true } : {}),
        cell: (point) => <End point={point} shown={shown} />,
      },
      ...(shown === 'held' ? [reasons] : []),
      amount('size', texts.size, ({ sourceBytes }) => <Bytes value={sourceBytes} />),
      amount('sent', texts.sent, ({ newBytes }) => <Bytes value={newBytes} />),
      ...(shown === 'trash' ? [] : [menu]),
    ]
  }, [texts, shown, take, open])
}

function amount(key: string, title: string, cell: (point: Point) => ReactNode): Column<Point> {
  return { key, title, width: '100px', wideOnly: true, align: 'end', cell }
}

function End({ point, shown }: { readonly point: Point; readonly shown: VaultTab }) {
  const texts = usePageWords(vaultsTexts).points
  const { trashedUntil, expiresAt, locked, holds, keptAsNewest, status } = point
  if (shown === 'trash') return <Instant at={trashedUntil} />
  const marks = [
    { is: locked, says: texts.locked, Icon: IconLock },
    { is: holds.length > 0, says: texts.held, Icon: IconAnchor },
    { is: keptAsNewest && holds.length === 0, says: texts.kept, Icon: IconAnchor },
  ].filter(({ is }) => is)
  return (
    <Group gap={6} wrap="nowrap">
      {marks.map(({ says, Icon }) => (
        <Tooltip key={says} label={says}>
          <Icon size={15} role="img" aria-label={says} style={{ flexShrink: 0 }} />
        </Tooltip>
      ))}
      {/* Where it is narrow a date stands above its time; cut off it would say nothing. */}
      <Text size="sm" lh={1.3} lineClamp={2} style={{ whiteSpace: 'normal' }}>
        {expiresAt === undefined ? texts.forEver : <Instant at={expiresAt} />}
      </Text>
      {status !== 'complete' && (
        <Status name={texts.status[status]} color={status === 'partial' ? 'yellow' : 'red'} />
      )}
    </Group>
  )
}

/** A word, or where there is little room a mark that says it. */
function Status({ name, color }: { readonly name: string; readonly color: string }) {
  return (
    <>
      <Badge variant="light" color={color} tt="none" flex="none" visibleFrom="sm">
        {name}
      </Badge>
      <Tooltip label={name}>
        <Box hiddenFrom="sm" lh={0} c={color}>
          <IconAlertTriangle size={16} role="img" aria-label={name} />
        </Box>
      </Tooltip>
    </>
  )
}

function PointMenu({ point, take, open }: Omit<Given, 'shown'> & { readonly point: Point }) {
  const machine = useNameOf(point.instanceId)
  const texts = usePageWords(vaultsTexts).points
  const rights = useVaultRights()
  const stay = (event: SyntheticEvent) => event.stopPropagation()
  const steps = pointSteps.filter((step) => fitsPoint(step, point, rights))
  if (steps.length === 0 && !rights.restores) return null
  return (
    <Box onClick={stay} onKeyDown={stay}>
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={texts.actionsOf(machine)}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {rights.restores && <Menu.Item onClick={() => open(point)}>{texts.open}</Menu.Item>}
          {steps.map((step) => (
            <Menu.Item key={step} onClick={() => take(step, point)}>
              {texts[step]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Box>
  )
}
