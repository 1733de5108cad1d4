/** What the file system answers, in the words of the catalogue. Absence (ENOENT) is for the caller to recognise. */
import { Failure, failure } from '#base'

const deniedWords: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not do that there'],
  ['EPERM', 'it may not be changed'],
  ['EROFS', 'it is on a read-only file system'],
])
const fullCodes = new Set(['ENOSPC', 'EDQUOT'])

/** @returns the errno's name, '' for an error that is none of the file system. */
export function errnoName(problem: unknown): string {
  const code = problem instanceof Error && 'code' in problem ? problem.code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : ''
}

export function isErrno(problem: unknown, name: string): boolean {
  return errnoName(problem) === name
}

/** @returns the error to throw. One that does not come from the file system stays what it is: a bug. */
export function storageError(problem: unknown, object: string): unknown {
  const code = errnoName(problem)
  if (problem instanceof Failure || code === '') return problem
  const denied = deniedWords.get(code)
  if (denied !== undefined) return failure('storage.denied', { object, problem: denied }, problem)
  if (fullCodes.has(code)) return failure('storage.full', { object }, problem)
  return failure('storage.unavailable', { object, problem: code }, problem)
}

/** Runs one step on the storage with its errors translated. */
export async function onStorage<T>(object: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (problem) {
    throw storageError(problem, object)
  }
}
