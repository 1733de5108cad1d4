/** What is said about a vault; what the server wrote of its own vault is said in the language of the page. */
import type { Vault } from '#contract'
import { usePageWords } from '../../words/language.tsx'
import { vaultsEnglish, vaultsTexts } from '../../words/vaults.ts'

export function useVaultAbout(): (vault: Pick<Vault, 'description'>) => string {
  const { essential } = usePageWords(vaultsTexts)
  return ({ description }) => (description === vaultsEnglish.essential ? essential : description)
}
