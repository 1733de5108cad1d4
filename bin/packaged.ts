// Texts that belong to the program and are no code. The single executable carries them within itself and has
// scripts/agent/packaged.ts in the place of this file.

import { readFileSync } from 'node:fs'

/** @param path from the root of the package, for instance `packaging/install.sh` */
export function packagedText(path: string): string {
  // The sources of bin/ and the bundle in dist/ both lie one folder below the root.
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
}
