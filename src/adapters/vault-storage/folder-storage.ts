// Vaults of a server as folders below the storages that its configuration names. Beside each lies its label, with the
// wrapped key: a server that lost its catalog finds its vaults again (E6). The label holds no secret.
import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { failure, isFailure } from '#base'
import type { VaultId } from '#contract'
import type { Leases, ObjectStore } from '#ports'
import { directoryLeases } from '../leases/index.ts'
import { openDirectoryStore } from '../store/index.ts'
import { isErrno, onStorage } from '../store/storage-error.ts'

export type FolderStorageRequest = {
  /** Folders by name; the first one is the default. */
  readonly storages: ReadonlyMap<string, string>
}

type Place = { readonly kind: 'folder'; readonly storage: string; readonly folder: string }

type Label = {
  readonly vaultId: VaultId
  readonly accountId: string
  readonly regionId: string
  readonly name: string
  readonly wrappedKey: Uint8Array
  readonly wrappedBy: string
}

type Opened = {
  readonly store: ObjectStore
  readonly leases: Leases
  readonly close: () => Promise<void>
}

type Found = { readonly place: Place; readonly label: Label }

const labelEnding = '.vault.json'
const folderMode = 0o700

export function folderStorage({ storages }: FolderStorageRequest) {
  const rootOf = (name: string): string => {
    const root = storages.get(name)
    if (root === undefined) throw failure('record.not-found', { object: 'storage', id: name })
    return root
  }
  const [first = 'default'] = storages.keys()
  return {
    names: [...storages.keys()],
    async create(label: Label, storage: string | undefined): Promise<Place> {
      const place: Place = { kind: 'folder', storage: storage ?? first, folder: label.vaultId }
      const root = rootOf(place.storage)
      const path = join(root, `${label.vaultId}${labelEnding}`)
      return await withoutRoot(root, place.storage, async () => {
        await makeFolder(root, place.folder)
        await onStorage(path, () => writeOnce(path, labelText(label, place)))
        return place
      })
    },
    async open(place: unknown): Promise<Opened> {
      const { storage, folder } = placeFrom(place)
      const root = rootOf(storage)
      const store = await withoutRoot(root, storage, () =>
        openDirectoryStore(resolve(root, folder), { createMissing: false }),
      )
      const leases = directoryLeases(store.path, join(storage, folder))
      return { store, leases, close: () => store.close() }
    },
    /** @throws storage.*, object.damaged: a label that cannot be read is a vault that would be passed over */
    async list(): Promise<readonly Found[]> {
      const found: Found[] = []
      for (const [storage, root] of storages) {
        for (const name of await namesIn(root)) {
          if (!name.endsWith(labelEnding)) continue
          const path = join(root, name)
          const label = labelFrom(await onStorage(path, () => readFile(path, 'utf8')), path)
          // Where it was found: storages may be renamed, and folders be carried elsewhere.
          const folder = name.slice(0, -labelEnding.length)
          found.push({ place: placeFrom({ kind: 'folder', storage, folder }), label })
        }
      }
      return found
    },
  }
}

/** Accounts are told what is wrong with their vault by the name of the storage; where it lies on the server is not theirs. */
async function withoutRoot<T>(root: string, storage: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    const facts = Object.entries(problem.context).map(([name, fact]) => [
      name,
      typeof fact === 'string' ? fact.replaceAll(resolve(root), storage) : fact,
    ])
    throw failure(problem.code, Object.fromEntries(facts), problem)
  }
}

/** None in a storage that was never used. */
async function namesIn(root: string): Promise<readonly string[]> {
  return await onStorage(root, async () => {
    try {
      return (await readdir(root)).sort()
    } catch (problem) {
      if (isErrno(problem, 'ENOENT')) return []
      throw problem
    }
  })
}

/** @throws vault.exists: what stands there is never written over */
async function makeFolder(root: string, folder: string): Promise<void> {
  const path = join(root, folder)
  await onStorage(root, () => mkdir(root, { recursive: true, mode: folderMode }))
  await onStorage(path, async () => {
    try {
      await mkdir(path, { mode: folderMode })
    } catch (problem) {
      if (isErrno(problem, 'EEXIST')) throw failure('vault.exists', { vault: folder }, problem)
      throw problem
    }
  })
}

/** Never half a file under its name, there after a power cut, and never in the place of another. */
async function writeOnce(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(text)
    await file.sync()
  }
  try {
    await link(temporary, path)
  } finally {
    await unlink(temporary)
  }
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}

function labelText(label: Label, place: Place): string {
  const wrappedKey = Buffer.from(label.wrappedKey).toString('base64')
  return `${JSON.stringify({ holdfast: 'vault label', ...label, wrappedKey, place }, null, 2)}\n`
}

/** @throws object.damaged */
function labelFrom(text: string, file: string): Label {
  const fields = new Map(Object.entries(recordFrom(text, file)))
  const word = (name: string): string => {
    const value = fields.get(name)
    if (typeof value === 'string' && value !== '') return value
    throw failure('object.damaged', { object: file, problem: `it has no ${name}` })
  }
  return {
    vaultId: word('vaultId') as VaultId,
    accountId: word('accountId'),
    regionId: word('regionId'),
    name: word('name'),
    wrappedKey: Uint8Array.from(Buffer.from(word('wrappedKey'), 'base64')),
    wrappedBy: word('wrappedBy'),
  }
}

function recordFrom(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const said: unknown = JSON.parse(text)
    if (isRecord(said)) return said
  } catch (problem) {
    throw failure('object.damaged', { object: file, problem: 'it is no JSON' }, problem)
  }
  throw failure('object.damaged', { object: file, problem: 'it is no label' })
}

function placeFrom(said: unknown): Place {
  const { kind, storage, folder } = isRecord(said) ? said : {}
  const isPlace =
    kind === 'folder' &&
    typeof storage === 'string' &&
    typeof folder === 'string' &&
    /^[A-Za-z0-9-]+$/.test(folder)
  if (isPlace) return { kind, storage, folder }
  throw failure('object.damaged', { object: 'the place of a vault', problem: 'it is none' })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
