/** Where in the point we are, and the search of all of it. */
import { ActionIcon, Box, Group, TextInput, Tooltip } from '@mantine/core'
import { IconFilter, IconSearch, IconX } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useDraft } from '../../parts/typed.ts'
import { findFilesTexts } from '../../words/find-files.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import { FileFilters } from './file-filters.tsx'
import { type FileSearch, type FileSearchChange, isNarrowed, isSearching } from './file-search.ts'

export function PointSearch({
  place,
  search,
  onSearch,
}: {
  readonly place: ReactNode
  readonly search: FileSearch
  readonly onSearch: (change: FileSearchChange) => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { filters } = usePageWords(findFilesTexts)
  const { everywhere } = useWords()
  const [draft, setDraft] = useDraft(search.pattern)
  const [isOpen, setOpen] = useState(false)
  // On a phone they would push what was found out of sight.
  const isShown = isOpen || isNarrowed(search)
  return (
    <>
      <Group justify="space-between">
        {place}
        <search>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              onSearch({ pattern: draft })
            }}
          >
            <Group gap={6} wrap="nowrap">
              <TextInput
                aria-label={words.searchLabel}
                placeholder={words.searchHint}
                leftSection={<IconSearch size={16} aria-hidden />}
                w={280}
                maw="100%"
                value={draft}
                onChange={(event) => setDraft(event.currentTarget.value)}
                maxLength={4_096}
                rightSection={
                  draft !== '' && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={everywhere.clear}
                      onClick={() => {
                        setDraft('')
                        onSearch({ pattern: '' })
                      }}
                    >
                      <IconX size={16} aria-hidden />
                    </ActionIcon>
                  )
                }
              />
              <Tooltip label={filters.show}>
                <ActionIcon
                  variant="default"
                  size="input-sm"
                  aria-label={filters.show}
                  aria-expanded={isShown}
                  onClick={() => setOpen(!isOpen)}
                >
                  <IconFilter size={16} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </Group>
          </form>
        </search>
      </Group>
      {(isShown || isSearching(search)) && (
        <Box {...(isShown ? {} : { visibleFrom: 'xs' })}>
          <FileFilters
            search={search}
            onChange={(change) => onSearch({ pattern: draft, ...change })}
          />
        </Box>
      )}
    </>
  )
}
