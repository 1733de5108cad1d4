/** Paths as the audit log has them: inert, and no more of them than a row should carry. */
import type { ByteString } from '#base'
import { auditPathsMax, pathToText } from '#contract'

export type NotedPaths = {
  readonly pathCount: number
  /** One on each line. */
  readonly paths: string
}

export function notedPaths(paths: readonly ByteString[]): NotedPaths {
  const shown = paths.map(inertPath).join('\n')
  const isWhole = shown.length <= auditPathsMax
  return {
    pathCount: paths.length,
    paths: isWhole ? shown : `${shown.slice(0, auditPathsMax - 1).toWellFormed()}…`,
  }
}

function inertPath(path: ByteString): string {
  return pathToText(path).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
