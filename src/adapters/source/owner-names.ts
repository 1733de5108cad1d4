// Names of users and groups as this machine knows them, from its two files; read at the first question.
// Names from a network directory are unknown here: the numbers are what counts, the names help people.
import { readFileSync } from 'node:fs'
import type { OwnerNames } from '../pool/capture-records.ts'

export function ownerNames(): OwnerNames {
  let users: ReadonlyMap<number, string> | undefined
  let groups: ReadonlyMap<number, string> | undefined
  return {
    user(uid) {
      users ??= readNames('/etc/passwd')
      return users.get(uid) ?? ''
    },
    group(gid) {
      groups ??= readNames('/etc/group')
      return groups.get(gid) ?? ''
    },
  }
}

/** Both files have the name first and the number third; the first line of a number wins. */
function readNames(file: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of readOrNothing(file).split('\n')) {
    const [name, , number] = line.split(':')
    const id = Number.parseInt(number ?? '', 10)
    if (name !== undefined && Number.isInteger(id) && !names.has(id)) names.set(id, name)
  }
  return names
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (problem) {
    // A system without users is a legal one; one that will not say who they are is not in our way.
    if (problem instanceof Error && 'code' in problem) return ''
    throw problem
  }
}
