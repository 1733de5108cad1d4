// Stands in for bin/packaged.ts in the single executable.
import { getAsset } from 'node:sea'

export function packagedText(path: string): string {
  return getAsset(path, 'utf8')
}
