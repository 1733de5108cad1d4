import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from './limits.ts'

const seconds: Readonly<Record<string, number>> = {
  'ours first': 10,
  'ours restore': 10,
  'ours unchanged': 1,
  'holdfast-server first': 14,
  'holdfast-server restore': 14.5,
  'holdfast-server unchanged': 1.2,
  'holdfast-server-8 first': 13.9,
}
const medians = (tool: string, phase: string) => {
  const wallSeconds = seconds[`${tool} ${phase}`]
  return wallSeconds === undefined ? {} : { wallSeconds }
}

test('the server is judged by the command line, eight agents by one', () => {
  const tools = ['ours', 'holdfast-server', 'holdfast-server-8']
  const verdicts = judge('D1', tools, medians).filter(({ limit }) => limit.of !== 'ours')
  deepEqual(
    verdicts.map(({ limit, isMet }) => `${limit.of} ${limit.phase} ${isMet}`),
    [
      'holdfast-server first true',
      'holdfast-server restore false',
      'holdfast-server unchanged true',
      'holdfast-server-8 first true',
    ],
  )
})

test('what a tool promises stands in the report only beside the peer', () => {
  const of = (tools: readonly string[]) => judge('D1', tools, medians).map(({ limit }) => limit)
  equal(
    of(['ours', 'restic', 'tar']).some((limit) => limit.of !== 'ours'),
    false,
  )
  equal(of(['holdfast-server']).length, 0)
  deepEqual(
    [...new Set(of(['ours', 'holdfast-server']).map(({ against }) => against))].toSorted(),
    ['itself', 'ours'],
  )
})

test('a promise that was to be measured and was not is no pass', () => {
  const verdicts = judge('D1', ['ours', 'restic'], () => ({}))
  equal(verdicts.length > 0, true)
  equal(
    verdicts.some(({ isMet }) => isMet !== undefined),
    false,
  )
})
