/** What the page of alerts shows, as it stands in its address. */
import { type AlertKind, alertKinds, type CallInput, type routes } from '#contract'
import { regionIn } from '../../parts/region-in-address.ts'
import type { LanguageName } from '../../words/language.tsx'

export const alertShows = ['all', 'unread', 'standing', 'past'] as const
export type AlertShow = (typeof alertShows)[number]

export type AlertFilter = {
  readonly tab?: 'channels'
  readonly show?: AlertShow
  readonly kind?: AlertKind
  readonly region?: string
  /** The one that is open: where messages lead to. */
  readonly alert?: string
}

const alertId = /^al-[0-9a-z]{26}$/

/** Of an address that anybody may have typed: what is not understood is left out. */
export function readAlertFilter(search: Readonly<Record<string, unknown>>): AlertFilter {
  const show = alertShows.find((one) => one === search['show'] && one !== 'all')
  const kind = alertKinds.find((one) => one === search['kind'])
  return {
    ...(search['tab'] === 'channels' ? { tab: 'channels' } : {}),
    ...(show === undefined ? {} : { show }),
    ...(kind === undefined ? {} : { kind }),
    ...regionIn(search),
    ...(typeof search['alert'] === 'string' && alertId.test(search['alert'])
      ? { alert: search['alert'] }
      : {}),
  }
}

const pageItems = 100

export function alertQueryOf(
  { show, kind, region }: AlertFilter,
  language: LanguageName,
): NonNullable<CallInput<typeof routes.alerts.list>['query']> {
  return {
    limit: pageItems,
    language,
    ...(show === 'unread' ? { unread: true } : {}),
    ...(show === 'standing' || show === 'past' ? { standing: show === 'standing' } : {}),
    ...(kind === undefined ? {} : { kind: [kind] }),
    ...(region === undefined ? {} : { regionId: region }),
  }
}
