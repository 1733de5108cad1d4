// What Holdfast asks of itself: each figure as a share of restic's, of the tar yardstick's, or of another way to use
// Holdfast, in the same run, or as an absolute bound. One row of this table is one promise.

import type { FigureName, Figures, Phase } from './tool.ts'

export type Limit = {
  /** Which tool promises it: ours is the command line. */
  readonly of: 'ours' | 'holdfast-server' | 'holdfast-server-8'
  readonly phase: Phase | 'all phases'
  readonly figure: FigureName
  readonly against: 'restic' | 'tar' | 'ours' | 'holdfast-server' | 'itself'
  readonly asks: 'at most' | 'at least'
  readonly bySet: Readonly<Record<string, number>>
}

export type Verdict = {
  readonly limit: Limit
  readonly ours: number | undefined
  readonly peer: number | undefined
  /** The figure that the limit bounds: a ratio, or ours itself. */
  readonly reached: number | undefined
  readonly asked: number
  readonly isMet: boolean | undefined
}

export const limits: readonly Limit[] = [
  ofRestic('first', 'wallSeconds', { D1: 0.45, D2: 0.45, D3: 0.5, D4: 0.5 }),
  ofTar('first', 'wallSeconds', { D1: 1.15, D2: 1.15, D4: 1 }),
  ofRestic('first', 'cpuSeconds', { D1: 0.5, D2: 0.5 }),
  ofRestic('first', 'repositoryBytes', { D1: 0.82, D2: 0.93, D3: 0.97, D4: 0.35 }),
  ofRestic('unchanged', 'wallSeconds', { D2: 0.3, D4: 0.2 }),
  ofRestic('changed', 'wallSeconds', { D1: 0.4, D2: 0.4, D3: 0.4, D4: 0.4 }),
  ofRestic('changed', 'addedBytes', { D1: 0.75, D2: 0.75, D3: 0.4, D4: 0.15 }),
  ofRestic('restore', 'wallSeconds', { D1: 0.5, D2: 0.5, D3: 0.5, D4: 0.5 }),
  ofRestic('restore_file', 'wallSeconds', { D1: 0.2, D2: 0.2, D4: 0.2 }),
  ofRestic('ls', 'wallSeconds', { D1: 0.2, D2: 0.2, D4: 0.2 }),
  ofRestic('find', 'wallSeconds', { D1: 0.2, D2: 0.2, D4: 0.2 }),
  ofRestic('check_data', 'wallSeconds', { D2: 0.6, D3: 0.6 }),
  ofRestic('prune', 'wallSeconds', { D3: 0.3 }),
  absolute('prune', 'freedShare', 'at least', { D3: 0.95 }),
  absolute('all phases', 'allProcessesMiB', 'at most', { D1: 220, D2: 220, D3: 220, D4: 256 }),
  // 0.7 times the speed of the command line.
  ofCommandLine('first', { D1: 1.428, D2: 1.428, D3: 1.428, D4: 1.428 }),
  ofCommandLine('restore', { D1: 1.428, D2: 1.428, D3: 1.428, D4: 1.428 }),
  ofCommandLine('unchanged', { D1: 1.3, D2: 1.3, D3: 1.3, D4: 1.3 }),
  ofOneAgent({ D1: 1, D2: 1, D4: 1 }),
]

export function asksFreedShare(set: string): boolean {
  return limits.some(({ figure, bySet }) => figure === 'freedShare' && bySet[set] !== undefined)
}

/** What the tools of this run promise to each other. `medians` answers for a tool and a phase. */
export function judge(
  set: string,
  tools: readonly string[],
  medians: (tool: string, phase: Limit['phase']) => Figures,
): readonly Verdict[] {
  return limits.flatMap((limit) => {
    const asked = limit.bySet[set]
    const hasBoth = [limit.of, limit.against].every(
      (one) => one === 'itself' || tools.includes(one),
    )
    if (asked === undefined || !hasBoth) return []
    const ours = medians(limit.of, limit.phase)[limit.figure]
    const peer = limit.against === 'itself' ? 1 : medians(limit.against, limit.phase)[limit.figure]
    const reached = ours === undefined || peer === undefined ? undefined : ours / peer
    return [{ limit, ours, peer, reached, asked, isMet: isMet(limit, reached, asked) }]
  })
}

function isMet(limit: Limit, reached: number | undefined, asked: number): boolean | undefined {
  if (reached === undefined) return undefined
  return limit.asks === 'at most' ? reached <= asked : reached >= asked
}

function ofRestic(phase: Phase, figure: FigureName, bySet: Limit['bySet']): Limit {
  return { of: 'ours', phase, figure, against: 'restic', asks: 'at most', bySet }
}

function ofTar(phase: Phase, figure: FigureName, bySet: Limit['bySet']): Limit {
  return { of: 'ours', phase, figure, against: 'tar', asks: 'at most', bySet }
}

function absolute(
  phase: Limit['phase'],
  figure: FigureName,
  asks: Limit['asks'],
  bySet: Limit['bySet'],
): Limit {
  return { of: 'ours', phase, figure, against: 'itself', asks, bySet }
}

function ofCommandLine(phase: Phase, bySet: Limit['bySet']): Limit {
  const figure = 'wallSeconds'
  return { of: 'holdfast-server', phase, figure, against: 'ours', asks: 'at most', bySet }
}

/** Eight agents that share a tree, against one that has all of it. */
function ofOneAgent(bySet: Limit['bySet']): Limit {
  const [of, against] = ['holdfast-server-8', 'holdfast-server'] as const
  return { of, phase: 'first', figure: 'wallSeconds', against, asks: 'at most', bySet }
}
