/** The same numbers for each region, where there are several. */
import { Table } from '@mantine/core'
import { type Overview, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { Bytes, Count } from '../../parts/formats.tsx'
import { usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { Part } from './part.tsx'

export function Regions({ regions }: Pick<Overview, 'regions'>) {
  const words = usePageWords(overviewTexts)
  const { items } = usePages(routes.regions.list, {})
  const names = new Map<string, string>(items.map(({ regionId, name }) => [regionId, name]))
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
                  <AnchorLink to="/instances" search={{ region: regionId }} size="sm">
                    {names.get(regionId) ?? regionId}
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
