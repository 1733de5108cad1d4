/** "Add instances" (A2): one line to run on a machine, a push over SSH, or the API. */
import { Tabs } from '@mantine/core'
import { SidePanel } from '../../../parts/dialog.tsx'
import { instancesTexts } from '../../../words/instances.ts'
import { usePageWords } from '../../../words/language.tsx'
import { InstallLine } from './install-line.tsx'
import { Snippets } from './snippets.tsx'
import { SshPush } from './ssh-push.tsx'

export function AddDrawer({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
}) {
  const { adding } = usePageWords(instancesTexts)
  return (
    <SidePanel opened={isOpen} onClose={onClose} size="lg" title={adding.title}>
      <Tabs defaultValue="line" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="line">{adding.ways.line}</Tabs.Tab>
          <Tabs.Tab value="ssh">{adding.ways.ssh}</Tabs.Tab>
          <Tabs.Tab value="api">{adding.ways.api}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="line">
          <InstallLine />
        </Tabs.Panel>
        <Tabs.Panel value="ssh">
          <SshPush onClose={onClose} />
        </Tabs.Panel>
        <Tabs.Panel value="api">
          <Snippets />
        </Tabs.Panel>
      </Tabs>
    </SidePanel>
  )
}
