/** `holdfast download`: files and folders of a version, to this machine. */
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { type ByteString, displayName, failure, isFailure } from '#base'
import { archiveFormats, type Point, pathToText, routes } from '#contract'
import { formatBytes } from '../../amounts.ts'
import type { Context, Given } from '../../command.ts'
import { errnoText, findStats } from '../../files.ts'
import { printable } from '../../printable.ts'
import { chooseVersion, placePath, placeWords, sourcePath } from '../../remote/choose-version.ts'
import { oneOf } from '../../remote/option-words.ts'
import { writeStream } from '../../remote/report-lists.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'

const formats = [...archiveFormats, 'file'] as const
type Format = (typeof formats)[number]

export const download = serverCommand({
  name: 'download',
  summary: 'files and folders of a version, to this machine',
  about: [
    'Downloads one file as it is, or files and folders as one archive, through the server; the instance is not needed. The file gets its name only when it is whole. To bring files back onto an instance with owners and rights, use `holdfast recover`.',
  ],
  arguments: [
    { name: 'VERSION', about: placeWords, count: 'one' },
    { name: 'PATH', about: 'files and folders of one volume, as they were', count: 'some' },
  ],
  options: [
    { flags: '--output <file>', about: 'the file to write (- for output); it must not exist yet' },
    { flags: '--format <format>', about: 'default: file for one file, else zip', choices: formats },
  ],
  examples: [
    { line: 'holdfast download web-1 /etc/hosts --output -', about: 'to look at it' },
    {
      line: 'holdfast download web-1@2026-11-20 /srv/www --format tar.zst',
      about: 'as www.tar.zst, here',
    },
  ],
  exits: [],
  run,
})

async function run(remote: Remote, given: Given): Promise<number> {
  const { context } = remote
  const { output } = context
  const { version } = await chooseVersion(remote, given.argument('VERSION'))
  const paths = given.arguments('PATH').map(sourcePath)
  const point = onlyPoint(
    context,
    paths.map((path) => placePath(version, path)),
  )
  const wanted = oneOf(given, 'format', formats)
  const target = given.text('output')
  if (target !== undefined && target !== '-') await mustBeNew(target)
  const { stream, format } = await openStream(remote, { point, paths, wanted })
  if (target === '-') {
    await writeStream(context, stream)
    return 0
  }
  const path = target ?? nameFor(paths, format)
  const bytes = await writeFile(path, stream)
  output.event('downloaded', { path, bytes, format })
  output.note(`Wrote ${printable(path)} (${formatBytes(bytes)}).`)
  return 0
}

/** An archive is of one point; what is mounted below is another. */
function onlyPoint(context: Context, placed: readonly ReturnType<typeof placePath>[]): Point {
  const first = placed.flat()[0]
  const points = new Set(placed.map(([on]) => on?.point))
  if (first === undefined || points.size > 1)
    throw failure('choice.missing', {
      problem: 'The paths are on several volumes',
      advice: 'Download each by itself, or bring them back with `holdfast recover`.',
    })
  const below = placed.flatMap((places) => places.slice(1)).map(({ point }) => point.path)
  if (below.length > 0)
    context.output.warning(
      `What is on volumes of their own is not in it: ${[...new Set(below)].map(displayName).join(', ')}.`,
    )
  return first.point
}

type Wanted = {
  readonly point: Point
  readonly paths: readonly ByteString[]
  readonly wanted: Format | undefined
}

async function openStream(
  { api }: Remote,
  { point, paths, wanted }: Wanted,
): Promise<{ readonly stream: AsyncIterable<Uint8Array>; readonly format: Format }> {
  const path = { vaultId: point.vaultId, pointId: point.pointId }
  const ask = async (format: Format) => {
    const query = { path: paths.map(pathToText), format }
    return { stream: await api.stream(routes.points.download, { path, query }), format }
  }
  if (wanted !== undefined) return await ask(wanted)
  if (paths.length > 1) return await ask('zip')
  try {
    return await ask('file')
  } catch (problem) {
    // It is a folder, which is no one file.
    if (isFailure(problem, 'request.invalid')) return await ask('zip')
    throw problem
  }
}

function nameFor(paths: readonly ByteString[], format: Format): string {
  const [first] = paths
  const name = paths.length === 1 && first !== undefined ? basename(displayName(first)) : ''
  const safe = name.replace(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^\.+$/, '_')
  return `${safe === '' ? 'download' : safe}${format === 'file' ? '' : `.${format}`}`
}

async function mustBeNew(path: string): Promise<void> {
  if ((await findStats(path)) !== undefined) throw failure('file.exists', { path })
}

/** Beside its name until it is whole. */
async function writeFile(path: string, stream: AsyncIterable<Uint8Array>): Promise<number> {
  await mustBeNew(path)
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`
  let bytes = 0
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      for await (const piece of stream) {
        await handle.write(piece)
        bytes += piece.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
    return bytes
  } catch (problem) {
    await rm(draft, { force: true })
    if (isFailure(problem)) throw problem
    throw failure('file.unusable', { path, problem: errnoText(problem) }, problem)
  }
}
