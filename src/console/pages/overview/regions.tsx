/** The same numbers for each region, where there are several. */
import { Table } from '@mantine/core'
import type { Overview } from '#contract'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { Bytes, Count } from '../../parts/formats.tsx'
import { usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { Part } from './part.tsx'
import { useRegionNames } from './region-names.ts'

export function Regions({ regions }: Pick<Overview, 'regions'>) {
  const words = usePageWords(overviewTexts)
  const nameOf = useRegionNames()
  return (
    <Part title={words.regions}>
      <Table.ScrollContainer minWidth={480}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.region}</Table.Th>
              <Table.Th ta="end">{words.backedUp}</Table.Th>
              <Table.Th ta="end">{words.unBackedUp}</Table.Th>
              <Table.Th ta="end">{words.capacity}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {regions.map(({ regionId, backedUp, unBackedUp, capacityBytes }) => (
              <Table.Tr key={regionId}>
                <Table.Td>
                  <AnchorLink to="/" search={{ region: regionId }} size="sm">
                    {nameOf(regionId)}
                  </AnchorLink>
                </Table.Td>
                <Table.Td ta="end">
                  <Count value={backedUp} />
                </Table.Td>
                <Table.Td ta="end">
                  <Count value={unBackedUp} />
                </Table.Td>
                <Table.Td ta="end">
                  <Bytes value={capacityBytes} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Part>
  )
}
