/** A bill and its parts: used = free + prepaid + charged, and what the charged part costs. */
import { Stack, Table, Text, Tooltip } from '@mantine/core'
import type { Bill } from '#contract'
import { usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'
import { useAmounts } from './amounts.ts'

export function BillTable({ bill }: { readonly bill: Bill }) {
  const texts = usePageWords(meteringTexts)
  const { ofDays, money } = useAmounts()
  const { parts, total, currency } = bill
  if (parts.length === 0) return <Text c="dimmed">{texts.bill.none}</Text>
  const isFree = total === 0n && parts.some(({ charged }) => charged > 0n)
  return (
    <Stack gap="xs">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.item}</Table.Th>
            <Table.Th ta="end">{texts.bill.used}</Table.Th>
            <Table.Th ta="end" visibleFrom="sm">
              {texts.bill.free}
            </Table.Th>
            <Table.Th ta="end" visibleFrom="sm">
              {texts.bill.prepaid}
            </Table.Th>
            <Table.Th ta="end" visibleFrom="sm">
              {texts.bill.charged}
            </Table.Th>
            <Table.Th ta="end">{texts.bill.amount}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {parts.map(({ item, used, free, prepaid, charged, amount }) => (
            <Table.Tr key={item}>
              <Table.Td>
                <Tooltip label={texts.items[item].means} multiline maw={280} openDelay={300}>
                  <span>{texts.items[item].name}</span>
                </Tooltip>
              </Table.Td>
              <Table.Td ta="end">{ofDays(item, used)}</Table.Td>
              <Table.Td ta="end" visibleFrom="sm">
                {ofDays(item, free)}
              </Table.Td>
              <Table.Td ta="end" visibleFrom="sm">
                {ofDays(item, prepaid)}
              </Table.Td>
              <Table.Td ta="end" visibleFrom="sm">
                {ofDays(item, charged)}
              </Table.Td>
              <Table.Td ta="end">{money(amount, currency)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text fw={700} ta="end">
        {texts.bill.total}: {money(total, currency)}
      </Text>
      {isFree && (
        <Text size="sm" c="dimmed">
          {texts.bill.noPrice}
        </Text>
      )}
    </Stack>
  )
}
