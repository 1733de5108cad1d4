import { deepEqual, equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { compareTrees } from './compare.ts'

const isMissing = spawnSync('getfattr', ['--version']).status !== 0
const options = { skip: isMissing ? 'getfattr is not installed' : false }

const source = `
  mkdir a; cd a; mkdir folder; echo one > file; echo two > folder/two; ln file linked
  ln -s file symlink; ln -s folder folder-link; setfattr -n user.bench -v one folder/two
  touch -d '2026-01-02 03:04:05.123456789' file folder/two; chmod 640 folder/two`

const damages: readonly (readonly [string, string, string])[] = [
  ['content', 'content', 'printf "TWO\\n" > folder/two; touch -r ../a/folder/two folder/two'],
  ['mode', 'type and mode', 'chmod 600 folder/two'],
  ['mtime by a microsecond', 'mtime', 'touch -hd "2026-01-02 03:04:05.123457" folder/two'],
  ['link target', 'link target', 'ln -sfn folder symlink; touch -hr ../a/symlink symlink'],
  ['hard link', 'hard links', 'cp -p --remove-destination file linked.new; mv linked.new linked'],
  ['attribute', 'xattr', 'setfattr -n user.bench -v two folder/two'],
  ['lost file', 'missing', 'rm symlink'],
  ['new file', 'extra', 'touch extra'],
]

test('a faithful copy is equal', options, (t) => {
  deepEqual(compareAfter(t, ':'), [])
})

for (const [name, aspect, script] of damages) {
  test(`a restored tree that differs in ${name} is not equal`, options, (t) => {
    equal(compareAfter(t, script).includes(aspect), true)
  })
}

/** The aspects in which a copy differs from its source after the script ran inside the copy. */
function compareAfter(t: { after(end: () => void): void }, script: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-compare-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const steps = `set -e; (${source}); cp -a a b; cd b; ${script}; cd ..; touch -r a/folder b/folder`
  const { status, stderr } = spawnSync('bash', ['-c', steps], { cwd: folder, encoding: 'utf8' })
  equal(status, 0, stderr)
  return compareTrees(join(folder, 'a'), join(folder, 'b')).map(({ aspect }) => aspect)
}
