/**
 * Which version a word means: `web-1` is the newest one of an instance, `web-1@2026-11-20` the newest that there was at the
 * end of that day, `web-1@ver-…` or `ver-…` itself that one. And which of its points, one for each volume, hold a path.
 */
import { type ByteString, byteStringFromText, displayName, failure, isFailure } from '#base'
import { type ApiClient, type Instance, ids, type Point, routes, type Version } from '#contract'
import { formatInstant } from '../amounts.ts'
import { printable } from '../printable.ts'
import { findInstance } from './find-instance.ts'
import type { Remote } from './server-command.ts'
import { isoOf, parseWhen } from './when.ts'

export const placeWords =
  'an instance (its newest version), INSTANCE@2026-11-20 (the newest of then), INSTANCE@VERSION, or a version'

export type ChosenVersion = { readonly version: Version; readonly instance: Instance | undefined }

/** Warns when it lacks files that an older one has. @throws name.unknown, name.ambiguous, version.none */
export async function chooseVersion(remote: Remote, word: string): Promise<ChosenVersion> {
  const { api } = remote
  const whole = ids.version.safeParse(word)
  if (whole.success) return { version: await getVersion(api, whole.data), instance: undefined }
  const { instance, when } = await splitPlace(api, word)
  if (when === undefined || when === 'latest') return await newestOf(remote, instance, undefined)
  if (when.startsWith('ver-')) return { version: await versionOf(api, instance, when), instance }
  const nowMs = remote.context.machine.clock.now().wallMs
  const at = parseWhen(when, { what: `the time in ${printable(word)}`, nowMs, side: 'end' })
  return await newestOf(remote, instance, at)
}

/** A name may itself hold an @. */
async function splitPlace(
  api: ApiClient,
  word: string,
): Promise<{ readonly instance: Instance; readonly when: string | undefined }> {
  const at = word.lastIndexOf('@')
  if (at <= 0) return { instance: await findInstance(api, word), when: undefined }
  try {
    return { instance: await findInstance(api, word), when: undefined }
  } catch (problem) {
    if (!isFailure(problem, 'name.unknown')) throw problem
    const instance = await findInstance(api, word.slice(0, at))
    return { instance, when: word.slice(at + 1) }
  }
}

async function getVersion(api: ApiClient, versionId: string): Promise<Version> {
  return await api.call(routes.versions.get, { path: { versionId } })
}

async function versionOf(api: ApiClient, instance: Instance, word: string): Promise<Version> {
  const path = { instanceId: instance.instanceId }
  const found: Version[] = []
  for await (const version of api.list(routes.versions.list, { path, query: { limit: 200 } }))
    if (version.versionId.startsWith(word)) found.push(version)
  const [first] = found
  if (first === undefined)
    throw failure('version.none', { instance: printable(instance.name), when: ` named ${word}` })
  if (found.length === 1) return first
  const told = found
    .slice(0, 5)
    .map(({ versionId }) => versionId)
    .join('; ')
  throw failure('name.ambiguous', { name: word, count: found.length, found: told })
}

async function newestOf(
  { api, context }: Remote,
  instance: Instance,
  until: number | undefined,
): Promise<ChosenVersion> {
  const path = { instanceId: instance.instanceId }
  const query = until === undefined ? {} : { until: isoOf(until + 1) }
  let lacking: Version | undefined
  for await (const version of api.list(routes.versions.list, { path, query })) {
    if (version.status === 'failed' || version.points.length === 0) continue
    if (version.status === 'complete' && lacking === undefined) return { version, instance }
    if (version.status === 'complete') {
      context.output.warning(
        `The version of ${formatInstant(lacking?.createdAt ?? 0)} lacks files that could not be read; the newest complete one is of ${formatInstant(version.createdAt)} (${version.versionId}).`,
      )
      return { version: lacking ?? version, instance }
    }
    lacking ??= version
  }
  if (lacking === undefined) {
    const when = until === undefined ? '' : ` until ${formatInstant(until)}`
    throw failure('version.none', { instance: printable(instance.name), when })
  }
  context.output.warning(
    `The version of ${formatInstant(lacking.createdAt)} lacks files that could not be read, and there is no complete one.`,
  )
  return { version: lacking, instance }
}

/** A path at the source: as it was typed, always from the root. */
export function sourcePath(word: string): ByteString {
  const path = byteStringFromText(word.startsWith('/') ? word : `/${word}`)
  return (path.replace(/\/{2,}/g, '/').replace(/\/$/, '') || '/') as ByteString
}

export type PlacedPath = {
  readonly point: Point
  /** In the point, relative to its root; '' is the root. */
  readonly inside: ByteString
}

/**
 * Where a path lies: in the volume that it is on, and in all volumes that are mounted below it.
 * @throws path.not-found when no volume of the version holds it, path.unread when its volume could not be backed up
 */
export function placePath(version: Version, path: ByteString): readonly PlacedPath[] {
  const [on] = version.points
    .filter((point) => isAtOrBelow(path, point.path))
    .sort((a, b) => b.path.length - a.path.length)
  const point = `the version of ${formatInstant(version.createdAt)}`
  if (on?.status === 'failed')
    throw failure('path.unread', {
      path: displayName(path),
      point,
      problem: `the volume ${displayName(on.path)} could not be backed up`,
    })
  const below = version.points.filter(
    (other) => other !== on && other.status !== 'failed' && isAtOrBelow(other.path, path),
  )
  const placed = [
    ...(on === undefined ? [] : [{ point: on, inside: insideOf(path, on.path) }]),
    ...below.map((other) => ({ point: other, inside: '' as ByteString })),
  ]
  if (placed.length > 0) return placed
  throw failure('path.not-found', { path: displayName(path), point })
}

function insideOf(path: ByteString, volume: ByteString): ByteString {
  return path.slice(volume === '/' ? 1 : volume.length + 1) as ByteString
}

function isAtOrBelow(path: ByteString, directory: ByteString): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`)
}
