/** Lines of the report of a job, backup or restore, as the API shows them. */
import { failure } from '#base'
import { type ReportLine, routes } from '#contract'
import { type JobFile, listJobFiles } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { fromJson } from './wire-json.ts'

export type ReportChoice = Pick<JobFile, 'jobId' | 'list'>

type Paging = { readonly limit?: number | undefined; readonly cursor?: string | undefined }

const lineShape = routes.jobs.report.answer.item

export async function listReport(kernel: ServerKernel, of: ReportChoice, paging: Paging) {
  const page = await listJobFiles(kernel.catalog.db, of, pageRequestOf(paging))
  return pageAnswer(page.items.map(reportLine), page.next)
}

function reportLine({ path, reason, detail, jobId }: JobFile): ReportLine {
  const line = fromJson(lineShape, { path, reason, detail })
  if (line === undefined) throw failure('catalog.damaged', { problem: `the report of ${jobId}` })
  return line
}
