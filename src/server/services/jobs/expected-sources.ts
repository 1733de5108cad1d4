/**
 * Which sources a backup owes a point each, so that the server can tell a whole version without believing the agent. For
 * all volumes: those on local block storage that Essential's exclusions leave something of (B1, B2), as they were when
 * the job began. A disk that goes away meanwhile is missed, as it must be. Paths are as people read them, as in points.
 */
import { displayName } from '#base'
import { absolutePath, type System } from '#contract'
import { linuxSystemDirectories } from '#engine'
import type { JsonRecord } from '../../catalog/index.ts'
import type { BackupRequest } from '../protection/backup-request.ts'
import { fromJson } from './wire-json.ts'

/** @returns undefined: it cannot be known before the job ran; one point at least is owed */
export function listExpectedSources(
  /** Of the job; undefined: Essential. */
  sources: BackupRequest['sources'],
  instance: { readonly volumes: readonly JsonRecord[]; readonly system: System },
): readonly string[] | undefined {
  const paths = (sources?.paths ?? []).map(displayName)
  if (paths.length > 0) {
    // A wildcard names as many sources as there are then (B3).
    return paths.some((path) => path.includes('*')) ? undefined : distinct(paths.map(plainPath))
  }
  const leavesSystem = sources === undefined || sources.excludeSystemFolders === true
  const isLeft = leavesSystem && instance.system === 'linux' ? isExcluded : () => false
  const local = instance.volumes.filter((volume) => volume['local'] === true)
  const owed = local.flatMap((volume) => {
    const path = fromJson(absolutePath, volume['path'])
    return path === undefined ? [] : [plainPath(displayName(path))]
  })
  const left = owed.filter((path) => !isLeft(path))
  return left.length === 0 ? undefined : distinct(left)
}

function distinct(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)]
}

function isExcluded(path: string): boolean {
  return linuxSystemDirectories.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** Without the separators at its end, so that the same folder is the same text. */
export function plainPath(path: string): string {
  const cut = path.replace(/[\\/]+$/, '')
  return cut === '' || /^[A-Za-z]:$/.test(cut) ? path.slice(0, cut.length + 1) : cut
}
