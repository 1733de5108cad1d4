/** The alerts whose cause is not over. */
import { routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { useLanguage } from '../../words/language.tsx'

/** More than that many are shown as "99+". */
export const standingMax = 99

export function useStandingAlerts() {
  const { name: language } = useLanguage()
  return useCall(routes.alerts.list, { query: { standing: true, limit: standingMax, language } })
}
