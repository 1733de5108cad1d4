/** The lists of a job's report: files that failed, were skipped, or changed while they were read (D6). */
import type { ReportList } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { type Page, type PageRequest, readPage } from '../database/page.ts'
import type { Job } from './jobs.ts'

export type JobFile = {
  readonly jobId: Job['id']
  readonly list: ReportList
  /** Counts up within the list, from 0, in the order in which the agent reported. */
  readonly number: number
  /** As text for people; bytes that are no text are escaped. */
  readonly path: string
  readonly reason: string
  readonly detail: string
}

/** Rows of one statement: databases limit its parameters. */
const rowsPerStatement = 500

/** Adds files; those whose number is there already are not changed, so a report may be sent again. */
export async function addJobFiles(db: CatalogDb, files: readonly JobFile[]): Promise<void> {
  for (let from = 0; from < files.length; from += rowsPerStatement) {
    await db
      .insertInto('jobFiles')
      .values(files.slice(from, from + rowsPerStatement))
      .onConflict((conflict) => conflict.columns(['jobId', 'list', 'number']).doNothing())
      .execute()
  }
}

export async function listJobFiles(
  db: CatalogDb,
  of: Pick<JobFile, 'jobId' | 'list'>,
  request: PageRequest,
): Promise<Page<JobFile>> {
  return await readPage(
    db.selectFrom('jobFiles').selectAll().where('jobId', '=', of.jobId).where('list', '=', of.list),
    {
      list: ['jobFiles', of],
      columns: ['number', 'jobId'],
      descends: false,
      positionOf: (row) => ({ value: row.number, id: row.jobId }),
    },
    request,
  )
}

export async function countJobFiles(
  db: CatalogDb,
  jobId: Job['id'],
): Promise<Readonly<Record<ReportList, number>>> {
  const rows = await db
    .selectFrom('jobFiles')
    .where('jobId', '=', jobId)
    .groupBy('list')
    .select(({ fn }) => ['list', fn.countAll<number>().as('files')])
    .execute()
  const counts = { failed: 0, skipped: 0, inconsistent: 0, overwritten: 0 }
  for (const { list, files } of rows) counts[list] = files
  return counts
}
