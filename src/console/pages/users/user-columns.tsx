/** What the list of users shows of each, and the menu of one: opened by a click, never by hovering (lesson 6). */
import { ActionIcon, Badge, Group, Menu, Text, Tooltip } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { User } from '#contract'
import { Instant } from '../../parts/formats.tsx'
import type { Column } from '../../parts/rows.tsx'
import type { usersEnglish } from '../../words/users.ts'
import { stepsOf, type UserStep } from './rules.ts'

type Texts = typeof usersEnglish
type Take = (step: UserStep, user: User) => void

export function userColumns(texts: Texts, caller: User, take: Take): readonly Column<User>[] {
  const { columns } = texts
  return [
    {
      key: 'name',
      title: columns.name,
      width: 'minmax(0, 2fr)',
      cell: (user) => <Name user={user} isSelf={user.userId === caller.userId} texts={texts} />,
    },
    {
      key: 'email',
      title: columns.email,
      width: 'minmax(0, 2fr)',
      wideOnly: true,
      cell: ({ email }) => (
        <span dir="auto" title={email}>
          {email}
        </span>
      ),
    },
    {
      key: 'role',
      title: columns.role,
      width: 'minmax(96px, 1fr)',
      cell: ({ role }) => (
        <Tooltip label={texts.roleMeans[role]} openDelay={300} multiline maw={300}>
          <span>{texts.roles[role]}</span>
        </Tooltip>
      ),
    },
    {
      key: 'factor',
      title: columns.factor,
      width: '120px',
      wideOnly: true,
      cell: ({ secondFactor }) => (secondFactor ? texts.factorOn : texts.factorOff),
    },
    {
      key: 'seen',
      title: columns.seen,
      width: '140px',
      wideOnly: true,
      cell: ({ lastSeenAt }) =>
        lastSeenAt === undefined ? texts.neverSeen : <Instant at={lastSeenAt} />,
    },
    {
      key: 'actions',
      title: '',
      width: '40px',
      align: 'end',
      cell: (user) => <Actions user={user} caller={caller} texts={texts} take={take} />,
    },
  ]
}

function Name({
  user,
  isSelf,
  texts,
}: {
  readonly user: User
  readonly isSelf: boolean
  readonly texts: Texts
}) {
  return (
    <Group gap={8} wrap="nowrap">
      <Text size="sm" fw={600} truncate dir="auto" title={user.name}>
        {user.name}
      </Text>
      {isSelf && (
        <Text size="xs" c="dimmed" flex="none">
          {texts.you}
        </Text>
      )}
      {user.status === 'DISABLED' && (
        <Badge variant="light" color="gray" tt="none" flex="none">
          {texts.disabled}
        </Badge>
      )}
    </Group>
  )
}

function Actions({
  user,
  caller,
  texts,
  take,
}: {
  readonly user: User
  readonly caller: User
  readonly texts: Texts
  readonly take: Take
}) {
  const offered = stepsOf(user, caller)
  if (offered.length === 0) return null
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={texts.actionsOf(user.name)}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {offered.map((step) => (
          <Menu.Item
            key={step}
            {...(step === 'disable' || step === 'remove' ? { color: 'red' } : {})}
            onClick={() => take(step, user)}
          >
            {texts.step[step]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
