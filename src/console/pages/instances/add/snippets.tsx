/** The same through the API, for configuration management. */
import { Stack, Tabs, Text } from '@mantine/core'
import { CopiedText } from '../../../parts/copied-text.tsx'
import { instancesTexts } from '../../../words/instances.ts'
import { usePageWords } from '../../../words/language.tsx'
import { useRegions } from './region-choice.tsx'

const kinds = ['curl', 'cli', 'ansible'] as const

export function Snippets() {
  const { adding } = usePageWords(instancesTexts)
  const { chosen: region = 'REGION' } = useRegions()
  const server = location.origin
  const texts = { curl: curlText, cli: cliText, ansible: ansibleText }
  return (
    <Stack>
      <Text size="sm">{adding.apiAbout}</Text>
      <Tabs defaultValue="curl" variant="pills">
        <Tabs.List mb="sm">
          {kinds.map((kind) => (
            <Tabs.Tab key={kind} value={kind}>
              {adding.snippets[kind]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {kinds.map((kind) => (
          <Tabs.Panel key={kind} value={kind}>
            <CopiedText label={adding.snippets[kind]} text={texts[kind]({ server, region })} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  )
}

type Place = { readonly server: string; readonly region: string }

function curlText({ server, region }: Place): string {
  return `# A code for one machine; "command" in the answer is the line to run on it.
# A certificate of the server's own making needs --cacert with its keys/authority.crt.
curl --fail ${server}/api/v1/activation-codes \\
  --header "Authorization: Bearer $HOLDFAST_TOKEN" \\
  --header "Content-Type: application/json" \\
  --data '{"regionId":"${region}","activate":true}' |
  jq -r .command | ssh root@MACHINE sh`
}

function cliText(): string {
  return `# Protects a machine that you reach over SSH.
holdfast instances add --activate --json | jq -r .command | ssh root@MACHINE sh`
}

function ansibleText({ server, region }: Place): string {
  return `- name: An activation code for the machine
  delegate_to: localhost
  ansible.builtin.uri:
    url: ${server}/api/v1/activation-codes
    method: POST
    headers: { Authorization: "Bearer {{ holdfast_token }}" }
    body_format: json
    body: { regionId: ${region}, activate: true }
    status_code: 201
    # For a certificate of the server's own making: its keys/authority.crt.
    # ca_path: authority.crt
  register: holdfast
  no_log: true

- name: The client
  become: true
  ansible.builtin.shell: "{{ holdfast.json.command }}"
  args: { creates: /usr/local/lib/holdfast/holdfast }
  no_log: true`
}
