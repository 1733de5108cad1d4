/**
 * What a new password must be. Length is what counts; beyond it only what a guesser tries first is refused: words of this
 * product and this person, runs of the keyboard, one thing over and over. No rule asks for signs or capitals.
 */
import { failure } from '#base'

const lengthMin = 12
const lengthMax = 256
/** What must remain, without the obvious parts. */
const restMin = 8
const differentMin = 5

const obviousWords =
  'password passwort passwd holdfast backup administrator admin welcome willkommen letmein changeme secret qwertz qwerty asdfgh iloveyou monkey dragon master login server default root user test hello sunshine princess football baseball whatever trustno'.split(
    ' ',
  )
const runs = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']
const runMin = 4

/** @param personal name, e-mail, account: what others know of the person */
export function findPasswordProblem(
  password: string,
  personal: readonly string[],
): string | undefined {
  const length = Array.from(password).length
  if (length < lengthMin) return `it has fewer than ${lengthMin} characters`
  if (length > lengthMax) return `it has more than ${lengthMax} characters`
  const plain = plainOf(password)
  const known = [...obviousWords, ...personal.flatMap(wordsOf)].toSorted(
    (a, b) => b.length - a.length,
  )
  let rest = plain
  for (const word of known) rest = rest.replaceAll(word, '')
  if (new Set(plain).size < differentMin || new Set(rest).size < differentMin - 1) {
    return 'it is one thing over and over, or what everybody tries first'
  }
  rest = withoutRuns(rest)
  return rest.length < restMin ? 'it is made of what everybody tries first' : undefined
}

/** @throws auth.password-refused */
export function checkPassword(password: string, personal: readonly string[]): void {
  const problem = findPasswordProblem(password, personal)
  if (problem !== undefined) throw failure('auth.password-refused', { problem })
}

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** Letters as guessers' programs see them; digits that stand alone stay digits. */
function plainOf(password: string): string {
  const folded = password.normalize('NFKC').toLowerCase()
  return folded
    .replace(/(?<=\p{L})[013457@$!](?=[\p{L}\d@$!])/gu, (sign) => leet[sign] ?? sign)
    .replace(/[^\p{L}\p{N}]/gu, '')
}

function wordsOf(text: string): readonly string[] {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return words.filter((word) => word.length >= 3)
}

/** Takes out four and more neighbours of the alphabet, the digits or a keyboard, either way round. */
function withoutRuns(text: string): string {
  const ways = runs.flatMap((run) => [run, [...run].toReversed().join('')])
  let rest = ''
  for (let at = 0; at < text.length; ) {
    const longest = Math.max(...ways.map((way) => commonStart(way, text, at)))
    if (longest < runMin) rest += text[at]
    at += longest < runMin ? 1 : longest
  }
  return rest
}

function commonStart(way: string, text: string, at: number): number {
  const from = way.indexOf(text[at] ?? '')
  if (from < 0) return 0
  let length = 0
  while (from + length < way.length && way[from + length] === text[at + length]) length++
  return length
}
