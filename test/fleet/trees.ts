// Small trees to protect: several kinds of entries, and contents that no two seeds share.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** The same for the same seed; cannot be compressed. */
export function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

/** Files in three folders, and one of every kind that matters. */
export function fillTree(folder: string, seed: string, files = 30): void {
  for (const name of ['etc', 'home/ada', 'home/bob/deep/er'])
    mkdirSync(join(folder, name), { recursive: true })
  const places = ['etc', 'home/ada', 'home/bob/deep/er']
  for (let i = 0; i < files; i++) {
    const place = places[i % places.length] ?? ''
    writeFileSync(join(folder, place, `file ${i}.txt`), noise(`${seed} ${i}`, (i * 997) % 9000))
  }
  writeFileSync(join(folder, 'large'), noise(`${seed} large`, 700_000))
  writeFileSync(join(folder, 'private'), 'for nobody else', { mode: 0o600 })
  chmodSync(join(folder, 'home/bob'), 0o2750)
  symlinkSync('../etc', join(folder, 'home/link'))
  linkSync(join(folder, 'large'), join(folder, 'etc/second name'))
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), 'bytes')
  execFileSync('mkfifo', [join(folder, 'fifo')])
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', join(folder, 'private')])
  utimesSync(join(folder, 'private'), 1_000_000_000, 1_000_000_000.123456)
}

/** Some files change, some go, some come, one moves. */
export function changeTree(folder: string, seed: string): void {
  const place = join(folder, 'home/ada')
  const names = readdirSync(place).toSorted()
  const [first = '', second = '', third = ''] = names
  appendFileSync(join(place, first), `more of ${seed}`)
  rmSync(join(place, second))
  renameSync(join(place, third), join(folder, 'etc', `moved ${seed}`))
  // As many come as go, or nothing would be left after many changes.
  writeFileSync(join(place, `new ${seed}`), noise(`new ${seed}`, 5_000))
  writeFileSync(join(place, `other ${seed}`), noise(`other ${seed}`, 3_000))
}

/** Of files that each take a block or more on the way. */
export function fillLarge(folder: string, seed: string, { files = 12, bytes = 1_000_000 } = {}) {
  mkdirSync(folder, { recursive: true })
  for (let i = 0; i < files; i++)
    writeFileSync(join(folder, `large ${i}`), noise(`${seed} large ${i}`, bytes))
}
