// How two trees compare, told by tools that are not ours: diff, find, getfattr, getfacl, getcap, lsattr, tar and du.

import { spawnSync } from 'node:child_process'
import { compareTrees } from '../../bench/compare.ts'

// To diff any two files of these kinds differ; find compares them.
const sameSpecials = / is a (?<kind>\S+ special file|fifo) while .* is a \k<kind>$/
const tarOptions = '--acls --xattrs --xattrs-include=* --numeric-owner --sparse'
const scripts = {
  getfacl: 'getfacl -R -P -n -p . 2>/dev/null',
  getcap: 'getcap -r .',
  lsattr: 'lsattr -R -a . 2>/dev/null',
  size: "find . -type f -printf '%P %s\\n'",
}

/** One line for each difference; none when the trees are equal. */
export function listDifferences(source: string, restored: string): readonly string[] {
  const found = compareTrees(source, restored)
    .filter(({ example }) => !sameSpecials.test(example))
    .map(({ aspect, example }) => `${aspect}: ${example}`)
  const compared = Object.entries(scripts).flatMap(([tool, script]) => {
    const [wanted, got] = [linesOf(script, source), linesOf(script, restored)]
    return [
      ...[...wanted].filter((line) => !got.has(line)).map((line) => `${tool}: lost ${line}`),
      ...[...got].filter((line) => !wanted.has(line)).map((line) => `${tool}: new ${line}`),
    ]
  })
  return [...found, ...compared, ...compareByTar(source, restored)]
}

/** Bytes that a tree takes on the disk: holes count nothing. */
export function diskBytesOf(folder: string): number {
  return Number.parseInt(shell('du -s -B1 . | cut -f1', folder), 10)
}

/** What find and sha256sum say, both of which can go deeper than a path is long. */
export function deepFactsOf(folder: string): string {
  const facts = shell("find . -printf '%d %y %m %U %G %T@ %s %l\\n'", folder)
  return facts + shell('find . -type f -execdir sha256sum {} +', folder)
}

function compareByTar(source: string, restored: string): string[] {
  const script = `tar ${tarOptions} -C "$1" -cf - . | tar ${tarOptions} -C "$2" --compare -f - 2>&1`
  const { stdout } = spawnSync('bash', ['-c', script, 'tar', source, restored], {
    encoding: 'latin1',
  })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `tar: ${line}`)
}

function linesOf(script: string, folder: string): ReadonlySet<string> {
  return new Set(shell(script, folder).split('\n'))
}

function shell(script: string, folder: string): string {
  const answer = spawnSync('bash', ['-c', `cd "$1" && ${script}`, 'bash', folder], {
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C' },
  })
  // lsattr says no to links and FIFOs, and goes on.
  const isAnswer = answer.error === undefined && (answer.status === 0 || script.includes('lsattr'))
  if (!isAnswer) throw new Error(`${script} failed, so nothing is proven: ${answer.stderr}`)
  return answer.stdout
}
