/** What somebody chose in the wizard, and the restore that it makes (F1 to F4). */
import {
  type CallInput,
  type ConflictRule,
  type Instance,
  listedPathsMax,
  type Point,
  pathToText,
  type routes,
} from '#contract'
import { isAbsoluteFolder } from '../../parts/folder-paths.ts'
import type { Selected } from '../point/selected.ts'

export const whatKinds = ['selected', 'all', 'include', 'exclude'] as const
export type WhatKind = (typeof whatKinds)[number]

export type Choices = {
  readonly what: WhatKind
  /** One path per line, for `include` and `exclude`. */
  readonly list: string
  readonly machine: Pick<Instance, 'instanceId' | 'name'> | undefined
  readonly place: 'original' | 'folder'
  readonly folder: string
  readonly conflict: ConflictRule
}

export function firstChoices(selected: Selected): Choices {
  return {
    what: selected.size === 0 ? 'all' : 'selected',
    list: '',
    machine: undefined,
    place: 'folder',
    folder: '',
    conflict: 'skip',
  }
}

export type RestoreBody = CallInput<typeof routes.restoreJobs.create>['body']

export function pathsOfList(list: string): readonly string[] {
  // A carriage return comes from lists that were made elsewhere; any other blank may be part of a name.
  const lines = list.split('\n').map((line) => line.replace(/\r$/, ''))
  return [...new Set(lines.filter((line) => line.trim() !== ''))]
}

export type ListProblem =
  | { readonly kind: 'relative'; readonly path: string }
  | { readonly kind: 'too-many' }

export function problemOfList(list: string): ListProblem | undefined {
  const paths = pathsOfList(list)
  const relative = paths.find((path) => !path.startsWith('/'))
  if (relative !== undefined) return { kind: 'relative', path: relative }
  return paths.length > listedPathsMax ? { kind: 'too-many' } : undefined
}

export function isReady({ what, list, machine, place, folder }: Choices): boolean {
  const isListed = what === 'include' || what === 'exclude'
  const hasList = pathsOfList(list).length > 0 && problemOfList(list) === undefined
  return (
    machine !== undefined &&
    (place === 'original' || isAbsoluteFolder(folder)) &&
    (!isListed || hasList)
  )
}

export function bodyOf(
  point: Pick<Point, 'vaultId' | 'pointId'>,
  selected: Selected,
  choices: Choices,
): RestoreBody {
  const { machine, place, folder, conflict } = choices
  return {
    vaultId: point.vaultId,
    pointIds: [point.pointId],
    ...(machine === undefined ? {} : { targetInstanceId: machine.instanceId }),
    ...(place === 'folder' ? { targetPath: folder } : {}),
    selection: selectionOf(selected, choices),
    conflict,
  }
}

function selectionOf(selected: Selected, { what, list }: Choices): RestoreBody['selection'] {
  switch (what) {
    case 'all':
      return { kind: 'all' }
    case 'selected':
      return { kind: 'include', paths: [...selected.keys()].map(pathToText) }
    case 'include':
    case 'exclude':
      return { kind: what, paths: [...pathsOfList(list)] }
  }
}
