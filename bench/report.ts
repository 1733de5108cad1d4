// The results of one set as medians, as Markdown and as JSON.

import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, totalmem } from 'node:os'
import type { TreeCount } from './data-set.ts'
import { judge, type Limit, type Verdict } from './limits.ts'
import { type FigureName, type Figures, phases, type Sample } from './tool.ts'

export type Run = Sample & {
  readonly tool: string
  readonly phase: string
  readonly round: number
}
export type Results = {
  readonly set: string
  readonly tree: TreeCount
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly runs: readonly Run[]
}

const steps = ['init', ...phases]

export function describeMachine(): string {
  const [model = { model: 'unknown' }] = cpus()
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const os = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  return `${model.model.trim()}, ${availableParallelism()} cores, ${gibibytes} GiB, ${os}, kernel ${release()} ${arch()}`
}

export function toJson(results: Results): string {
  return `${JSON.stringify(results, null, 1)}\n`
}

export function toMarkdown(results: Results): string {
  const { set, tree, runs } = results
  const tools = Object.keys(results.versions)
  const rounds = Math.max(...runs.map(({ round }) => round))
  return [
    `## ${set}`,
    `${tree.files} files, ${tree.folders} folders, ${(tree.bytes / 1e6).toFixed(1)} MB. ` +
      `Medians of ${rounds} alternated round(s). ${results.machine}.`,
    tools.map((tool) => `- ${tool}: ${results.versions[tool]}`).join('\n'),
    measuresTable(results, tools),
    limitsTable(results, tools),
    problemsList(runs),
  ].join('\n\n')
}

function measuresTable({ runs }: Results, tools: readonly string[]): string {
  const rows = steps.map((phase) => [
    phase,
    ...tools.map((tool) => measuresCell(mediansOf(runs, tool, phase), phase)),
  ])
  return [
    'Cells: wall s / CPU s / peak MiB of the largest process / of all processes; repository or added MB.',
    table(['phase', ...tools], rows),
  ].join('\n\n')
}

function measuresCell(figures: Figures, phase: string): string {
  if (figures.wallSeconds === undefined) return '–'
  const times = `${shown(figures, 'wallSeconds', 2)} / ${shown(figures, 'cpuSeconds', 2)}`
  const memory = `${shown(figures, 'largestProcessMiB', 0)} / ${shown(figures, 'allProcessesMiB', 0)}`
  const size = ((figures.repositoryBytes ?? 0) / 1e6).toFixed(2)
  const added = ((figures.addedBytes ?? 0) / 1e6).toFixed(2)
  const bytes: Readonly<Record<string, string>> = {
    first: `; ${size} MB`,
    unchanged: `; ${added} MB added`,
    changed: `; ${added} MB added`,
    prune: `; ${size} MB left, ${added} MB`,
  }
  return `${times} / ${memory}${bytes[phase] ?? ''}`
}

function limitsTable({ set, runs }: Results, tools: readonly string[]): string {
  const verdicts = judge(set, tools, (tool, phase) => mediansOf(runs, tool, phase))
  const rows = verdicts.map(verdictRow)
  return table(['tool', 'phase', 'figure', 'its own', 'peer', 'reached', 'asked', ''], rows)
}

function verdictRow({ limit, ours, peer, reached, asked, isMet }: Verdict): string[] {
  const sign = limit.asks === 'at most' ? '≤' : '≥'
  const unit = limit.against === 'itself' ? '' : ` × ${limit.against}`
  return [
    limit.of,
    limit.phase,
    limit.figure,
    formatted(ours, limit.figure),
    limit.against === 'itself' ? '' : formatted(peer, limit.figure),
    reached === undefined ? '–' : `${reached.toFixed(limit.figure === 'allProcessesMiB' ? 0 : 3)}`,
    `${sign} ${asked}${unit}`,
    isMet === undefined ? 'not measured' : isMet ? 'pass' : '**FAIL**',
  ]
}

function problemsList(runs: readonly Run[]): string {
  const lines = runs.flatMap(({ tool, phase, round, problems }) =>
    problems.map((problem) => `- ${tool}, ${phase}, round ${round}: ${problem}`),
  )
  return lines.length === 0 ? 'No problems.' : `**Problems**\n\n${lines.join('\n')}`
}

/** Runs with a problem have no say; `all phases` takes the largest median of any phase. */
function mediansOf(runs: readonly Run[], tool: string, phase: Limit['phase'] | string): Figures {
  const ofTool = runs.filter(
    (run) => run.tool === tool && run.isSupported && run.problems.length === 0,
  )
  if (phase !== 'all phases') return medians(ofTool.filter((run) => run.phase === phase))
  const each = steps.map((one) => medians(ofTool.filter((run) => run.phase === one)))
  const peaks = each.map(({ allProcessesMiB = 0 }) => allProcessesMiB)
  return ofTool.length === 0 ? {} : { allProcessesMiB: Math.max(...peaks) }
}

function medians(runs: readonly Run[]): Figures {
  const values = new Map<string, number[]>()
  for (const { figures } of runs) {
    for (const [name, value] of Object.entries(figures)) {
      values.set(name, [...(values.get(name) ?? []), value])
    }
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, median(all)]))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, two) => one - two)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

function shown(figures: Figures, name: FigureName, digits: number): string {
  return figures[name]?.toFixed(digits) ?? '–'
}

function formatted(value: number | undefined, figure: FigureName): string {
  if (value === undefined) return '–'
  if (figure.endsWith('Bytes')) return `${(value / 1e6).toFixed(2)} MB`
  if (figure.endsWith('MiB')) return `${value.toFixed(0)} MiB`
  if (figure.endsWith('Share')) return `${(value * 100).toFixed(1)} %`
  return `${value.toFixed(2)} s`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
