import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { addressRules, machineRules } from './address-rules.ts'

const rules = addressRules()
const refused = (address: string) => rules.findProblem('hook.example', address) !== undefined

test('A19: public addresses are reached, in IPv4 and IPv6', () => {
  const open = [
    '8.8.8.8',
    '47.88.1.1',
    '2606:4700::1111',
    '2400:3200::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ]
  deepEqual(open.filter(refused), [])
})

test('A19: loopback, private, link-local, special and multicast addresses are refused in every form', () => {
  const closed = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.0.9', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.168.1.1', '198.18.0.1', '203.0.113.5', '224.0.0.1'],
    ...['255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
    ...['0:0:0:0:0:ffff:10.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', 'fe80::1'],
    ...['fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '2001::1', 'fec0::1'],
    ...['', 'localhost', '0x7f.1', '127.1', '010.0.0.1', '2130706433'],
  ]
  deepEqual(
    closed.filter((address) => !refused(address)),
    [],
  )
})

test('A19: the configuration allows a host by its name and a range, and what is beside them stays closed', () => {
  const some = addressRules(['Hooks.internal.', '10.1.0.0/16', '::1', '192.168.7.7'])
  const answers = (host: string, address: string) => some.findProblem(host, address) === undefined
  equal(answers('hooks.internal', '192.168.0.9'), true)
  equal(answers('other.internal', '192.168.0.9'), false)
  equal(answers('evil-hooks.internal', '192.168.0.9'), false)
  equal(answers('any.example', '10.1.255.1'), true)
  equal(answers('any.example', '::ffff:10.1.255.1'), true)
  equal(answers('any.example', '10.2.0.1'), false)
  equal(answers('any.example', '::1'), true)
  equal(answers('any.example', '192.168.7.7'), true)
})

test('A19: credentials of a cloud machine are never reached, whatever is allowed', () => {
  const all = addressRules(['meta.internal', '0.0.0.0/0', '::/0'])
  for (const address of [
    '169.254.169.254',
    '100.100.100.200',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
  ]) {
    match(all.findProblem('meta.internal', address) ?? '', /credentials/, address)
  }
  equal(all.findProblem('meta.internal', '127.0.0.1'), undefined)
})

test('what is neither a host nor a range is refused when the server starts', () => {
  for (const text of [
    '10.0.0/8',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '',
    '-oProxy',
    '10.0.0.0/x',
    '*',
  ]) {
    throws(() => addressRules([text]), { code: 'usage.invalid' }, text)
  }
})

test('A19: clients are put on private machines, never on the server itself nor where credentials are', () => {
  const machines = machineRules(['localhost.test'])
  const answers = (address: string, host = 'web-1') => machines.findProblem(host, address)
  for (const address of ['10.0.0.7', '192.168.1.1', '172.16.0.1', 'fd00::7', '8.8.8.8'])
    equal(answers(address), undefined, address)
  const own = ['127.0.0.1', '127.8.8.8', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::127.0.0.1']
  const credentials = ['169.254.169.254', '100.100.100.200', 'fd00:ec2::254', 'fe80::1']
  for (const address of [...own, ...credentials, '224.0.0.1', 'ff02::1'])
    ok(answers(address) !== undefined, address)
  equal(answers('127.0.0.1', 'localhost.test'), undefined)
  ok(answers('169.254.169.254', 'localhost.test') !== undefined)
})
