/**
 * Where on a machine a restore goes (F3): typed, or found by looking through the folders of the machine as it is now. What
 * is typed is asked about when the typing rests, so that nobody starts a restore into a folder that is not there.
 */
import { Button, Group, Input, Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFolderSearch } from '@tabler/icons-react'
import { type ReactNode, useId, useRef, useState } from 'react'
import { isFailure } from '#base'
import { type InstanceId, pathToText } from '#contract'
import { folderPickerChinese, folderPickerEnglish } from '../words/folder-picker.ts'
import { usePageWords } from '../words/language.tsx'
import { shownName } from './entry-name.tsx'
import { FolderList } from './folder-list.tsx'
import { absoluteBytes } from './folder-paths.ts'
import { useLiveFolders } from './live-folders.ts'
import { ProblemText } from './problem-text.tsx'

const typingMs = 700
const pathMax = 65_536

export function FolderPicker({
  instanceId,
  value,
  onChange,
  original,
  label,
}: {
  /** The machine that is restored to; its client is asked. */
  readonly instanceId: InstanceId
  /** As it goes over the wire: `/srv/restored`, or `hex:…` where its bytes are no text. */
  readonly value: string
  readonly onChange: (path: string) => void
  /** Where looking begins while nothing is typed: the original place of what is restored, say. */
  readonly original?: string | undefined
  readonly label: string
}) {
  const words = usePageWords({ en: folderPickerEnglish, zh: folderPickerChinese })
  const [looking, setLooking] = useState<string>()
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const { error, told } = useCheck(instanceId, value, looking !== undefined)
  const close = () => {
    setLooking(undefined)
    button.current?.focus()
  }
  return (
    <Stack gap="xs">
      <Input.Wrapper
        id={id}
        label={label}
        description={told}
        error={error}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        style={{ overflowWrap: 'anywhere' }}
      >
        <Group gap="xs" align="flex-start">
          <Input
            id={id}
            placeholder={words.hint}
            value={value}
            onChange={(event) => onChange(event.currentTarget.value)}
            error={error !== undefined}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            maxLength={pathMax}
            style={{ flex: '1 1 240px' }}
          />
          <Button
            ref={button}
            variant="default"
            leftSection={<IconFolderSearch size={16} aria-hidden />}
            aria-expanded={looking !== undefined}
            onClick={() => (looking === undefined ? setLooking(firstOf(value, original)) : close())}
          >
            {words.browse}
          </Button>
        </Group>
      </Input.Wrapper>
      {looking !== undefined && (
        <FolderList
          instanceId={instanceId}
          path={looking}
          onOpen={setLooking}
          onChoose={(path) => {
            onChange(path)
            close()
          }}
          onClose={close}
        />
      )}
    </Stack>
  )
}

function firstOf(value: string, original: string | undefined): string {
  const bytes = absoluteBytes(value) ?? absoluteBytes(original ?? '/')
  return bytes === undefined ? '/' : pathToText(bytes)
}

type Check = { readonly error?: ReactNode; readonly told?: ReactNode }

/** Whether what is in the field is a folder there. The list below it says so itself while it is open. */
function useCheck(instanceId: InstanceId, value: string, isLooking: boolean): Check {
  const words = usePageWords({ en: folderPickerEnglish, zh: folderPickerChinese })
  const [settled] = useDebouncedValue(value, typingMs)
  const bytes = absoluteBytes(settled)
  const isAsked = bytes !== undefined && !isLooking
  const found = useLiveFolders(instanceId, isAsked ? pathToText(bytes) : undefined)
  const readAs =
    value.startsWith('hex:') && bytes !== undefined ? words.readAs(shownName(bytes)) : ''
  if (settled !== value || settled === '') return {}
  if (bytes === undefined) return { error: words.notAbsolute }
  if (!isAsked) return { told: readAs }
  if (found.isPending) return { told: words.checking }
  if (found.isSuccess) return { told: `${words.there} ${readAs}` }
  if (isFailure(found.error, 'target.not-found')) return { error: words.missing }
  if (isFailure(found.error, 'target.not-folder')) return { error: words.noFolder }
  const said = <ProblemText problem={found.error} />
  if (isFailure(found.error, 'agent.policy-refused')) return { error: said }
  return {
    told: (
      <>
        {words.unsure} {said}
      </>
    ),
  }
}
