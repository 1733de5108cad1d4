/** In which region something comes; asked only where there are several. */
import { Select } from '@mantine/core'
import { useState } from 'react'
import type { RegionId } from '#contract'
import { useAllRegions } from '../../../api/regions.ts'
import { ProblemNotice } from '../../../parts/problem-notice.tsx'
import { instancesTexts } from '../../../words/instances.ts'
import { usePageWords } from '../../../words/language.tsx'

export type Regions = {
  readonly all: readonly { readonly regionId: RegionId; readonly name: string }[]
  readonly chosen: RegionId | undefined
  readonly choose: (regionId: RegionId | undefined) => void
  readonly problem: Error | null
}

export function useRegions(): Regions {
  const { items: all, error: problem } = useAllRegions()
  const [picked, choose] = useState<RegionId>()
  return { all, chosen: picked ?? all[0]?.regionId, choose, problem }
}

export function RegionChoice({ regions }: { readonly regions: Regions }) {
  const { adding } = usePageWords(instancesTexts)
  const { all, chosen, choose, problem } = regions
  if (problem !== null) return <ProblemNotice problem={problem} />
  if (all.length < 2) return null
  return (
    <Select
      label={adding.region}
      data={all.map(({ regionId, name }) => ({ value: regionId, label: name }))}
      value={chosen ?? null}
      onChange={(next) => choose(all.find(({ regionId }) => regionId === next)?.regionId)}
      allowDeselect={false}
    />
  )
}
