// Compares a restored tree with its source by tools that are not ours: diff for content, find for
// type, mode, owner, mtime (ns), link target and hard links, getfattr for xattrs and ACLs.

import { spawnSync } from 'node:child_process'

export type Difference = { readonly aspect: string; readonly example: string }

const outputBytesMax = 2 ** 30
const fields = ['type and mode', 'owner', 'mtime', 'link target'] as const
const findFormat = '%P\\0%y %m\\0%U %G\\0%T@\\0%l\\0%y %n %i\\0'

/** At most a few differences per aspect; an empty list means that the trees are equal. */
export function compareTrees(source: string, restored: string): readonly Difference[] {
  const content = outputLines('diff', ['-rq', '--no-dereference', source, restored])
  return [
    ...content.map((example) => ({ aspect: 'content', example })),
    ...compareListings(listTree(source), listTree(restored)),
    ...compareMaps('xattr', listAttributes(source), listAttributes(restored)),
  ]
}

type Listing = {
  readonly entries: ReadonlyMap<string, readonly string[]>
  /** The first path of each group of hard links, by every path in it. */
  readonly linkGroups: ReadonlyMap<string, string>
}

function compareListings(source: Listing, restored: Listing): Difference[] {
  const differences: Difference[] = []
  for (const [path, wanted] of source.entries) {
    const found = restored.entries.get(path)
    if (found === undefined) differences.push({ aspect: 'missing', example: path })
    else {
      for (const [index, aspect] of fields.entries()) {
        if (wanted[index] === found[index]) continue
        differences.push({ aspect, example: `${path}: ${wanted[index]} became ${found[index]}` })
      }
    }
  }
  for (const path of restored.entries.keys()) {
    if (!source.entries.has(path)) differences.push({ aspect: 'extra', example: path })
  }
  return [...differences, ...compareMaps('hard links', source.linkGroups, restored.linkGroups)]
}

function compareMaps(
  aspect: string,
  source: ReadonlyMap<string, string>,
  restored: ReadonlyMap<string, string>,
): Difference[] {
  const paths = new Set([...source.keys(), ...restored.keys()])
  return [...paths]
    .filter((path) => source.get(path) !== restored.get(path))
    .map((path) => ({
      aspect,
      example: `${path}: ${source.get(path) ?? 'none'} became ${restored.get(path) ?? 'none'}`,
    }))
}

function listTree(root: string): Listing {
  const words = output('find', [root, '-mindepth', '1', '-printf', findFormat]).split('\0')
  const width = fields.length + 2
  const entries = new Map<string, readonly string[]>()
  const byInode = new Map<string, string[]>()
  for (let at = 0; at + width <= words.length; at += width) {
    const [path = '', ...rest] = words.slice(at, at + width)
    entries.set(path, rest)
    const [type, links, inode = ''] = (rest.at(-1) ?? '').split(' ')
    if (type === 'd' || links === '1') continue
    byInode.set(inode, [...(byInode.get(inode) ?? []), path])
  }
  const linkGroups = new Map<string, string>()
  for (const group of byInode.values()) {
    const [first = ''] = group.sort()
    for (const path of group) linkGroups.set(path, first)
  }
  return { entries, linkGroups }
}

function listAttributes(root: string): Map<string, string> {
  const script = 'cd "$1" && getfattr -R -P -h -d -m - -e hex .'
  const blocks = output('bash', ['-c', script, 'getfattr', root]).split('\n\n')
  const attributes = new Map<string, string>()
  for (const block of blocks) {
    const [head = '', ...values] = block.trim().split('\n')
    if (head.startsWith('# file: ')) attributes.set(head.slice(8), values.sort().join(' '))
  }
  return attributes
}

function outputLines(command: string, args: readonly string[]): string[] {
  return output(command, args).split('\n').filter(Boolean)
}

/** As latin1, so that names that are not UTF-8 stay different from each other. */
function output(command: string, args: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    encoding: 'latin1',
    maxBuffer: outputBytesMax,
    env: { ...process.env, LC_ALL: 'C' },
  })
  const isDiffAnswer = command === 'diff' && status === 1
  if (error !== undefined || (status !== 0 && !isDiffAnswer)) {
    throw new Error(`${command} failed, so nothing is proven: ${error?.message ?? stderr}`)
  }
  return stdout
}
