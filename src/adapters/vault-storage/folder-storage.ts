// Vaults of a server as folders below the storages that its configuration names. Beside each lies its label, with the
// wrapped key: a server that lost its catalog finds its vaults again (E6). The label holds no secret.
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { failure, isFailure } from '#base'
import type { VaultId } from '#contract'
import type { Leases, ObjectStore } from '#ports'
import { directoryLeases } from '../leases/index.ts'
import { openDirectoryStore } from '../store/index.ts'

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
    async create(label: Label, storage: string | undefined): Promise<Place> {
      const place: Place = { kind: 'folder', storage: storage ?? first, folder: label.vaultId }
      const root = rootOf(place.storage)
      await mkdir(join(root, place.folder), { recursive: true, mode: folderMode })
      await writeWhole(join(root, `${label.vaultId}${labelEnding}`), labelText(label, place))
      return place
    },
    async open(place: unknown): Promise<Opened> {
      const { storage, folder } = placeFrom(place)
      const store = await openDirectoryStore(resolve(rootOf(storage), folder), {
        createMissing: false,
      })
      return { store, leases: directoryLeases(store.path), close: () => store.close() }
    },
    async list(): Promise<readonly { readonly place: Place; readonly label: Label }[]> {
      const found: { place: Place; label: Label }[] = []
      for (const root of storages.values()) {
        for (const name of await readdir(root).catch(emptyWhenMissing)) {
          if (!name.endsWith(labelEnding)) continue
          found.push(labelFrom(await readFile(join(root, name), 'utf8'), name))
        }
      }
      return found
    },
  }
}

/** A folder that cannot be read is no empty one. */
function emptyWhenMissing(problem: unknown): readonly string[] {
  if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return []
  throw failure('storage.unavailable', { object: 'the folder of a storage' }, problem)
}

/** Never half a file under its name, and there after a power cut. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await using file = await open(temporary, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
  await rename(temporary, path)
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}

function labelText(label: Label, place: Place): string {
  const wrappedKey = Buffer.from(label.wrappedKey).toString('base64')
  return `${JSON.stringify({ holdfast: 'vault label', ...label, wrappedKey, place }, null, 2)}\n`
}

/** @throws object.damaged */
function labelFrom(text: string, file: string): { readonly place: Place; readonly label: Label } {
  try {
    const said: unknown = JSON.parse(text)
    const fields = new Map(Object.entries(isRecord(said) ? said : {}))
    const word = (name: string): string => {
      const value = fields.get(name)
      if (typeof value === 'string' && value !== '') return value
      throw failure('object.damaged', { object: file, problem: `it has no ${name}` })
    }
    const vaultId = word('vaultId') as VaultId
    const label = {
      vaultId,
      accountId: word('accountId'),
      regionId: word('regionId'),
      name: word('name'),
      wrappedKey: Uint8Array.from(Buffer.from(word('wrappedKey'), 'base64')),
      wrappedBy: word('wrappedBy'),
    }
    return { label, place: placeFrom(fields.get('place')) }
  } catch (problem) {
    if (isFailure(problem)) throw problem
    throw failure('object.damaged', { object: file, problem: 'it is no JSON' }, problem)
  }
}

function placeFrom(said: unknown): Place {
  const { kind, storage, folder } = isRecord(said) ? said : {}
  const isPlace =
    kind === 'folder' &&
    typeof storage === 'string' &&
    typeof folder === 'string' &&
    /^[a-z0-9-]+$/.test(folder)
  if (isPlace) return { kind, storage, folder }
  throw failure('object.damaged', { object: 'the place of a vault', problem: 'it is none' })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
