/** The alerts whose cause is not over. */
import { type RegionId, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { useLanguage } from '../../words/language.tsx'

/** More than that many are shown as "99+". */
export const standingMax = 99

/** @param regionId undefined: of all regions, and of none */
export function useStandingAlerts(regionId: RegionId | undefined) {
  const { name: language } = useLanguage()
  const ofRegion = regionId === undefined ? {} : { regionId }
  const query = { standing: true, limit: standingMax, language, ...ofRegion }
  return useCall(routes.alerts.list, { query })
}
