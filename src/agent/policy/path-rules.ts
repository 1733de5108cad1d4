/** Absolute paths as bytes: whether one is below another. They say nothing of links; compare real paths. */
import type { ByteString } from '#base'

export function isAtOrBelow(path: string, directory: string): boolean {
  if (directory === '/') return path.startsWith('/')
  return path === directory || path.startsWith(`${directory}/`)
}

export function isWithin(path: string, directories: readonly string[]): boolean {
  return directories.some((directory) => isAtOrBelow(path, directory))
}

/** Whether the path steps back or stands still: such a path is never what it seems. */
export function hasDots(path: string): boolean {
  return path.split('/').some((name) => name === '.' || name === '..')
}

/** One slash between names, none at the end. */
export function tidyPath(path: ByteString): ByteString {
  const tidy = path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '')
  // Only slashes were taken out: every character is still a byte.
  return tidy as ByteString
}
