/** One stream of events keeps every page fresh (G6): it says what changed, and what shows it asks again. */
import { onlineManager } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { isFailure } from '#base'
import {
  type Progress,
  pathOf,
  type RouteSpec,
  routes,
  type ServerEvent,
  type WatchedGroup,
} from '#contract'
import { api } from './client.ts'
import { queries } from './queries.ts'

const { alerts, instances, jobs, overview, plans, points, restoreJobs, vaults, versions } = routes

/** What else becomes old with the records of a group. */
const around: Partial<Readonly<Record<WatchedGroup, readonly (keyof typeof routes)[]>>> = {
  bindings: ['instances', 'plans', 'policies'],
  channels: ['names'],
  instances: ['names', 'overview', 'plans'],
  plans: ['instances', 'overview', 'vaults'],
  points: ['instances', 'overview', 'vaults', 'versions'],
  policies: ['names', 'plans'],
  regions: ['overview'],
  users: ['names'],
  vaults: ['names', 'points', 'versions'],
}

function touchedBy(group: WatchedGroup): readonly RouteSpec[] {
  return [group, ...(around[group] ?? [])].flatMap((name) => Object.values(routes[name]))
}

/** Which answers an event makes old. */
const touched: Readonly<
  Record<Exclude<ServerEvent['kind'], 'records.changed'>, readonly RouteSpec[]>
> = {
  'job.progress': [],
  'job.state': [
    jobs.list,
    jobs.get,
    restoreJobs.list,
    restoreJobs.get,
    versions.list,
    instances.list,
    instances.get,
    overview.get,
    plans.get,
    points.list,
    vaults.list,
    vaults.get,
  ],
  'instance.status': [instances.list, instances.get, overview.get, plans.list],
  'alert.raised': [alerts.list],
  'stream.gap': [],
}

const pauseMsMin = 1_000
const pauseMsMax = 10_000
/** A burst of events asks once. */
const gatherMs = 400

const progress = new Map<string, Progress>()
const watchers = new Set<() => void>()

function noteProgress(event: Extract<ServerEvent, { readonly kind: 'job.progress' }>): void {
  progress.set(event.jobId, event.progress)
  for (const watcher of watchers) watcher()
}

/** The newest progress of a job that was heard live; undefined: none was. */
export function useLiveProgress(jobId: string): Progress | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => progress.get(jobId),
  )
}

/** Listens as long as the page is open. */
export function useLiveEvents(): void {
  useEffect(() => {
    const ending = new AbortController()
    void listen(ending.signal)
    return () => ending.abort()
  }, [])
}

/** While nobody answers nothing is asked, so that pages keep what they show instead of becoming errors. */
export function useIsAway(): boolean {
  return !useSyncExternalStore(
    (watcher) => onlineManager.subscribe(watcher),
    () => onlineManager.isOnline(),
  )
}

async function listen(signal: AbortSignal): Promise<void> {
  try {
    await listenUntil(signal)
  } finally {
    onlineManager.setOnline(true)
  }
}

async function listenUntil(signal: AbortSignal): Promise<void> {
  let pauseMs = pauseMsMin
  let headers = {}
  while (!signal.aborted) {
    try {
      for await (const event of api.events(routes.server.events, {}, { signal, headers })) {
        pauseMs = pauseMsMin
        take(event)
      }
    } catch {
      // The server restarts, or the network is away: what was missed is asked for when it is back.
    }
    if (signal.aborted) return
    // The next stream begins with a gap: what happens before it is open is asked for then.
    headers = { 'last-event-id': 'unknown' }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    const isThere = await answers(signal)
    if (signal.aborted) return
    onlineManager.setOnline(isThere)
    if (isThere) await queries.invalidateQueries()
  }
}

/** A server that refuses answers as well. */
async function answers(signal: AbortSignal): Promise<boolean> {
  try {
    await api.call(routes.signIn.whoAmI, {}, { signal })
    return true
  } catch (problem) {
    return !isFailure(problem, 'server.unreachable')
  }
}

/** Answers that have become old; they are asked for together. */
const old = new Set<string>()
let isGathering = false

function take(event: ServerEvent): void {
  if (event.kind === 'job.progress') {
    noteProgress(event)
    return
  }
  if (event.kind === 'stream.gap') {
    void queries.invalidateQueries()
    return
  }
  const specs = event.kind === 'records.changed' ? touchedBy(event.group) : touched[event.kind]
  for (const spec of specs) old.add(pathOf(spec))
  if (isGathering) return
  isGathering = true
  setTimeout(refresh, gatherMs)
}

function refresh(): void {
  isGathering = false
  const paths = new Set(old)
  old.clear()
  void queries.invalidateQueries({ predicate: ({ queryKey }) => paths.has(String(queryKey[0])) })
}
