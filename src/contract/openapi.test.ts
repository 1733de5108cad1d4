import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { catalogue } from '#base'
import { openApiDocument } from './openapi.ts'
import { pathOf, routeList } from './routes/table.ts'

type Json = { readonly [key: string]: Json } & readonly Json[]

const text = readFileSync(new URL('../../docs/api/openapi.json', import.meta.url), 'utf8')
const document: Json = JSON.parse(text)
const methods = ['get', 'post', 'put', 'patch', 'delete']

const operations = Object.entries(document['paths'] ?? {}).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const operation = item[method]
    return operation === undefined ? [] : [{ path, method, item, operation }]
  }),
)

test('docs/api/openapi.json says what the table of routes says', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  equal(text, `${JSON.stringify(openApiDocument(version), null, 1)}\n`, 'run: npm run docs')
})

test('the document has what OpenAPI 3.1 asks for, and nothing that it does not know', () => {
  equal(document['openapi'], '3.1.1')
  deepEqual(Object.keys(document).sort(), [
    'components',
    'info',
    'openapi',
    'paths',
    'servers',
    'tags',
  ])
  const known = new Set(
    'tags summary description operationId parameters requestBody responses security'.split(' '),
  )
  for (const { operation } of operations) {
    const strange = Object.keys(operation).filter((key) => !known.has(key) && !key.startsWith('x-'))
    deepEqual(strange, [], String(operation['operationId']))
    ok(Object.keys(operation['responses'] ?? {}).length > 0)
  }
  for (const [path, item] of Object.entries(document['paths'] ?? {})) {
    ok(path.startsWith('/'), path)
    deepEqual(
      Object.keys(item).filter((key) => ![...methods, 'servers'].includes(key)),
      [],
      path,
    )
  }
})

test('every route is one operation, whose id is its name', () => {
  const found = operations.map(({ operation }) => String(operation['operationId'])).sort()
  equal(new Set(found).size, found.length)
  deepEqual(found, routeList.map(({ name }) => name).sort())
  for (const { name, route } of routeList) {
    const { path, item } =
      operations.find(({ operation }) => String(operation['operationId']) === name) ?? {}
    const base = item?.['servers']?.[0]?.['url'] ?? document['servers']?.[0]?.['url']
    equal(`${base}`.replace(/\/$/, '') + path, pathOf(route), name)
  }
})

test('every reference leads to something', () => {
  const references = [...text.matchAll(/"\$ref": "(?<to>[^"]+)"/g)].map(
    ({ groups }) => groups?.['to'] ?? '',
  )
  ok(references.length > 500, 'references were found')
  for (const to of new Set(references)) {
    ok(to.startsWith('#/'), to)
    const target = to
      .slice(2)
      .split('/')
      .reduce<Json | undefined>((at, key) => at?.[key], document)
    ok(target !== undefined, to)
  }
})

test('every component is used, and none is empty', () => {
  for (const [name, schema] of Object.entries(document['components']?.['schemas'] ?? {})) {
    ok(text.includes(`"#/components/schemas/${name}"`), name)
    ok(Object.keys(schema).length > 0, name)
  }
})

test('every parameter of a path is declared once, is required, and no other is', () => {
  for (const { path, operation } of operations) {
    const declared = [...(operation['parameters'] ?? [])].filter((one) => `${one['in']}` === 'path')
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    deepEqual(
      declared.map((one) => one['name']),
      inPath,
      path,
    )
    ok(
      declared.every((one) => `${one['required']}` === 'true'),
      path,
    )
  }
  for (const { path, operation } of operations) {
    const names = [...(operation['parameters'] ?? [])].map(
      (one) => `${one['in']} ${one['name']} ${one['$ref']}`,
    )
    equal(new Set(names).size, names.length, `${path} declares nothing twice`)
  }
})

test('only what may be left out is optional', () => {
  const find = (name: string, key: string) =>
    [
      ...(operations.find(({ operation }) => `${operation['operationId']}` === name)?.operation[
        'parameters'
      ] ?? []),
    ].find((one) => `${one['name']}` === key)
  equal(find('plans.proposeNextBackupTime', 'timeOfDay')?.['required'], true)
  equal(find('jobs.list', 'from')?.['required'], false)
  deepEqual(find('points.download', 'path')?.['schema']?.['minItems'], 1)
})

test('every answer that is no success is a problem with codes of the catalogue', () => {
  for (const { operation } of operations) {
    for (const [status, answer] of Object.entries(operation['responses'] ?? {})) {
      if (Number(status) < 300) continue
      deepEqual(Object.keys(answer['content'] ?? {}), ['application/problem+json'])
      const said = [...`${answer['description']}`.matchAll(/`([a-z.-]+)`/g)].map(
        (match) => match[1] ?? '',
      )
      ok(said.length > 0)
      for (const code of said) {
        const entry = Object.entries(catalogue).find(([known]) => known === code)?.[1]
        equal(entry?.status, Number(status), code)
      }
    }
  }
})

test('who need not sign in is marked so, and security names known schemes', () => {
  const schemes = Object.keys(document['components']?.['securitySchemes'] ?? {})
  for (const { operation } of operations) {
    const callers = [...(operation['x-holdfast-class']?.['callers'] ?? [])].map(String)
    const security = [...(operation['security'] ?? [])]
    equal(security.length === 0, callers.includes('public'), String(operation['operationId']))
    for (const one of security) ok(Object.keys(one).every((key) => schemes.includes(key)))
  }
})
