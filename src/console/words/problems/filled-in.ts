/** What the server does not take of a form, said by the field and not by the place in the request. */
import type { Piece, Told } from './telling.ts'
import { knownProblem } from './telling.ts'

type Words = {
  readonly fields: Readonly<Record<string, string>>
  readonly whys: readonly (readonly [pattern: RegExp, why: (number: string) => string])[]
  readonly says: (field: string, why: string) => string
}

const inEnglish: Words = {
  fields: {
    accountName: 'the name of the organisation',
    address: 'the address',
    contact: 'the contact',
    description: 'the description',
    email: 'the e-mail address',
    name: 'the name',
    password: 'the password',
    reason: 'the reason',
    search: 'what is searched for',
    tags: 'the tags',
    to: 'the e-mail addresses',
  },
  whys: [
    [/^Invalid email/, () => 'this is no e-mail address'],
    [/^Invalid URL/, () => 'an address begins with https:// and a host name, not a number'],
    [/expected array to have >=(\d+)/, () => 'there must be one at least'],
    [/expected string to have >=(\d+)/, (number) => `at least ${number} characters`],
    [/expected string to have <=(\d+)/, (number) => `at most ${number} characters`],
    [
      /do not show|not plain text/,
      () => 'it holds characters that do not show, or ends in a blank',
    ],
    [/^too many/, () => 'there are too many'],
  ],
  says: (field, why) => `Check ${field}: ${why}.`,
}

const inChinese: Words = {
  fields: {
    accountName: '组织名称',
    address: '地址',
    contact: '联系人邮箱',
    description: '描述',
    email: '邮箱',
    name: '名称',
    password: '密码',
    reason: '原因',
    search: '搜索内容',
    tags: '标签',
    to: '邮箱地址',
  },
  whys: [
    [/^Invalid email/, () => '不是有效的邮箱地址'],
    [/^Invalid URL/, () => '地址须以 https:// 开头，并使用域名而不是数字'],
    [/expected array to have >=(\d+)/, () => '至少需要一个'],
    [/expected string to have >=(\d+)/, (number) => `至少 ${number} 个字符`],
    [/expected string to have <=(\d+)/, (number) => `最多 ${number} 个字符`],
    [/do not show|not plain text/, () => '包含不可见的字符，或首尾有空格'],
    [/^too many/, () => '数量过多'],
  ],
  says: (field, why) => `请检查${field}：${why}。`,
}

/** Undefined: it is something else, and is said as the server says it. */
export function tellFilledIn(problem: unknown, language: 'en' | 'zh'): Told | undefined {
  const known = knownProblem(problem)
  if (known?.code !== 'request.invalid') return undefined
  const { fields, whys, says } = language === 'zh' ? inChinese : inEnglish
  const places = String(known.context['where'] ?? '').split('.')
  const place = places.findLast((one) => Object.hasOwn(fields, one))
  const field = place === undefined ? undefined : fields[place]
  const wrong = String(known.context['problem'] ?? '')
  for (const [pattern, why] of whys) {
    const found = pattern.exec(wrong)
    if (found !== null && field !== undefined)
      return { says: words(says(field, why(found[1] ?? ''))), advises: [] }
  }
  return undefined
}

function words(text: string): readonly Piece[] {
  return [{ kind: 'words', text }]
}
