/** The menu of an instance: opened by a click, never by hovering (lesson 6). */
import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { Instance } from '#contract'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { useRights } from './rights.ts'
import { type Step, stepsOf } from './steps.ts'

const dangerous: readonly Step[] = ['cancel', 'revoke', 'remove']

export function ActionMenu({
  instance,
  onTake,
}: {
  readonly instance: Instance
  readonly onTake: (step: Step, instance: Instance) => void
}) {
  const texts = usePageWords(instancesTexts)
  const offered = stepsOf(instance, useRights())
  if (offered.length === 0) return null
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={texts.actionsOf(instance.name)}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {offered.map((step) => (
          <Menu.Item
            key={step}
            {...(dangerous.includes(step) ? { color: 'red' } : {})}
            onClick={() => onTake(step, instance)}
          >
            {texts.step[step]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
