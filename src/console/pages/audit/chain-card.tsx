/** Whether the log is as it was written, in a sentence. */
import { Alert, Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { type AuditVerdict, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { auditTexts } from '../../words/audit.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'

export function ChainCard() {
  const { chain } = usePageWords(auditTexts)
  const [isAsked, setAsked] = useState(false)
  const verdict = useCall(routes.audit.verify, {}, { enabled: isAsked })
  const check = () => {
    if (isAsked) void verdict.refetch()
    else setAsked(true)
  }
  return (
    <Paper withBorder p="md" component="section" aria-label={chain.title}>
      <Stack gap="xs">
        <Group justify="space-between">
          <div>
            <Title order={2} size="h5">
              {chain.title}
            </Title>
            <Text size="sm" c="dimmed">
              {chain.about}
            </Text>
          </div>
          <Button variant="default" loading={verdict.isFetching} onClick={check}>
            {isAsked ? chain.again : chain.check}
          </Button>
        </Group>
        {isAsked && verdict.isError && <ProblemNotice problem={verdict.error} />}
        {isAsked && verdict.data !== undefined && !verdict.isFetching && (
          <Verdict verdict={verdict.data} />
        )}
      </Stack>
    </Paper>
  )
}

function Verdict({ verdict }: { readonly verdict: AuditVerdict }) {
  const { chain } = usePageWords(auditTexts)
  const { locale } = useLanguage()
  const count = (value: number) => new Intl.NumberFormat(locale).format(value)
  const { entryCount, head, break: broken } = verdict
  if (broken !== undefined)
    return (
      <Alert color="red" role="alert" icon={<IconAlertTriangle aria-hidden />} title={chain.broken}>
        {chain.breaks[broken.kind](count(broken.entry))}
      </Alert>
    )
  if (entryCount === 0) return <Text size="sm">{chain.none}</Text>
  return (
    <Alert color="teal" role="status" icon={<IconShieldCheck aria-hidden />}>
      <Text size="sm" fw={600}>
        {chain.whole(count(entryCount), entryCount === 1)}
      </Text>
      <Text size="sm">
        {chain.head} <Code style={{ overflowWrap: 'anywhere' }}>{head}</Code>
      </Text>
      <Text size="sm">{chain.headAbout}</Text>
    </Alert>
  )
}
