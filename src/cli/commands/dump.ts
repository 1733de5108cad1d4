/** `holdfast dump`: a file, or a folder as an archive, on standard output. */
import { type ByteString, failure } from '#base'
import type { Point } from '#engine'
import { dumpArchive, dumpFile, findEntry } from '#jobs'
import type { Command, Context, Given } from '../command.ts'
import { warnOfGaps } from '../gap-words.ts'
import { pathNamed } from '../named-path.ts'
import { ProgressBar } from '../progress-bar.ts'
import { pointNamed, pointWords, type ReadableVault, readVault } from '../vault-view.ts'

export const dump: Command = {
  name: 'dump',
  summary: 'a file, or a folder as tar or zip, to standard output',
  about: [
    'Writes one file as it is, or a folder as an archive, to standard output. Every piece is checked; when something is damaged the output is cut short and the exit code says so. tar keeps owners, times, attributes and hard links; zip is for people on other systems.',
  ],
  arguments: [
    { name: 'POINT', about: pointWords, count: 'one' },
    { name: 'PATH', about: 'as `ls` shows it; without it the whole point', count: 'optional' },
  ],
  options: [
    {
      flags: '--format <format>',
      about: 'default: raw for a file, tar for a folder',
      choices: ['raw', 'tar', 'zip'],
    },
  ],
  examples: [
    { line: 'holdfast dump latest /etc/fstab', about: 'one file on the screen' },
    { line: 'holdfast dump latest /home/me | zstd > me.tar.zst', about: 'a folder' },
    { line: 'holdfast dump 4f2a91 /srv --format zip > srv.zip', about: 'for another system' },
  ],
  exits: [3, 10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, settings, signal } = context
  if (settings.json) {
    const problem = 'dump writes the content itself to standard output; --json has no place there'
    throw failure('usage.invalid', { problem })
  }
  await using view = await readVault(context, 'dump')
  const known = pointNamed(view, given.argument('POINT'))
  const { point } = known
  const path = await pathNamed(view, known, given.findArgument('PATH') ?? '', signal)
  const entry = await findEntry(view.reader, point, path, signal)
  const isFile = entry?.kind === 'file'
  const format = given.text('format') ?? (isFile ? 'raw' : 'tar')
  if (machine.output.isTTY === true && format !== 'raw') {
    const problem = 'An archive would garble the terminal: send it to a file or a program'
    throw failure('usage.invalid', { problem })
  }
  await warnOfGaps(context, { view, known }, [path])
  const request = { point, path }
  if (format === 'raw') return await writeFile(context, view, request)
  return await writeArchive(context, view, { ...request, format })
}

type Request = { readonly point: Point; readonly path: ByteString }

async function writeFile(
  { output, signal }: Context,
  view: ReadableVault,
  request: Request,
): Promise<number> {
  for await (const bytes of await dumpFile(view.reader, request, signal))
    await output.writeOut(bytes)
  return 0
}

async function writeArchive(
  context: Context,
  view: ReadableVault,
  { format, ...request }: Request & { readonly format: string },
): Promise<number> {
  const { machine, output, signal } = context
  const archive = await machine.openArchive(format === 'zip' ? 'zip' : 'tar')
  // Standard output is the archive; whatever else there is to say goes beside it.
  using progress = new ProgressBar(context)
  const { reader } = view
  const outcome = await dumpArchive({ reader, archive, reporter: progress }, request, signal)
  if (outcome.failures.length === 0) return 0
  const problem = failure('restore.partial', { count: outcome.failures.length })
  output.failure(problem)
  return problem.entry.exit
}
