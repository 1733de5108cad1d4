/** The name of a channel; what the server called its own is said in the language of the page. */
import { alertsEnglish, alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'

export function useChannelName(): (name: string) => string {
  const { contact } = usePageWords(alertsTexts).channels
  return (name) => (name === alertsEnglish.channels.contact ? contact : name)
}
