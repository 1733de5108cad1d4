/** What a vault takes up: counted at each upkeep, so of a new one it is not known yet. */
import { Text, Tooltip } from '@mantine/core'
import type { Vault } from '#contract'
import { Bytes } from '../../parts/formats.tsx'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'

export function isMeasured({ storedBytes, pointCount }: Vault): boolean {
  return storedBytes > 0 || pointCount === 0
}

export function Stored({ vault }: { readonly vault: Vault }) {
  const { sizes } = usePageWords(vaultsTexts)
  if (isMeasured(vault)) return <Bytes value={vault.storedBytes} />
  return (
    <Tooltip label={sizes.unmeasured} openDelay={300}>
      <Text span inherit c="dimmed" aria-label={sizes.unmeasured}>
        …
      </Text>
    </Tooltip>
  )
}
