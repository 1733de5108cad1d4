/** The square of a QR code (ISO/IEC 18004): its marks, its words, and the mask that makes it easiest to read. */
import { alignmentsOf, codeWordsOf } from './code-words.ts'

/** Rows of modules; true is dark. */
export type QrGrid = readonly (readonly boolean[])[]

type Square = {
  readonly size: number
  readonly dark: boolean[][]
  /** Belongs to a mark: no word is put there. */
  readonly taken: boolean[][]
}

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

export function qrGrid(text: string): QrGrid {
  const { version, words } = codeWordsOf(text)
  const grids = masks.map((mask, number) => {
    const square = emptySquare(17 + 4 * version)
    putMarks(square, version)
    putFormat(square, formatBits(number))
    putWords(square, words, mask)
    return square.dark
  })
  const [best] = grids.toSorted((a, b) => penaltyOf(a) - penaltyOf(b))
  return best ?? []
}

function emptySquare(size: number): Square {
  const rows = () => Array.from({ length: size }, () => Array<boolean>(size).fill(false))
  return { size, dark: rows(), taken: rows() }
}

/** Outside of the square nothing is put. */
function put({ dark, taken }: Square, x: number, y: number, isDark: boolean): void {
  const [darkRow, takenRow] = [dark[y], taken[y]]
  if (darkRow?.[x] === undefined || takenRow === undefined) return
  darkRow[x] = isDark
  takenRow[x] = true
}

function putMarks(square: Square, version: number): void {
  const { size } = square
  for (let i = 0; i < size; i++) {
    put(square, 6, i, i % 2 === 0)
    put(square, i, 6, i % 2 === 0)
  }
  const far = size - 4
  for (const [x, y] of [
    [3, 3],
    [far, 3],
    [3, far],
  ] as const)
    putRings(square, { x, y, reach: 4, light: [2, 4] })
  const middles = alignmentsOf(version)
  const last = middles.at(-1)
  for (const x of middles)
    for (const y of middles) {
      const isAtCorner = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6)
      if (!isAtCorner) putRings(square, { x, y, reach: 2, light: [1] })
    }
  if (version >= 7) putVersion(square, version)
}

function putRings(
  square: Square,
  mark: {
    readonly x: number
    readonly y: number
    readonly reach: number
    /** Rings that are light, counted from the middle. */
    readonly light: readonly number[]
  },
): void {
  const { x, y, reach, light } = mark
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const ring = Math.max(Math.abs(dx), Math.abs(dy))
      put(square, x + dx, y + dy, !light.includes(ring))
    }
}

function putVersion(square: Square, version: number): void {
  const bits = versionBits(version)
  for (let i = 0; i < 18; i++) {
    const [near, far] = [Math.floor(i / 3), square.size - 11 + (i % 3)]
    const isDark = ((bits >> i) & 1) === 1
    put(square, far, near, isDark)
    put(square, near, far, isDark)
  }
}

/** The number of the version, protected by a Golay code. */
export function versionBits(version: number): number {
  let rest = version
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25)
  return (version << 12) | rest
}

/** Level M (its bits are 00) and the mask, protected by a BCH code. */
export function formatBits(mask: number): number {
  let rest = mask
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537)
  return ((mask << 10) | rest) ^ 0x5412
}

/** Twice: around the first corner, and along the two others. */
function putFormat(square: Square, bits: number): void {
  const { size } = square
  for (let i = 0; i < 15; i++) {
    const isDark = ((bits >> i) & 1) === 1
    // The lines in which the marks tick are left out.
    const across = i < 6 ? i : i < 8 ? i + 1 : 14 - i + (i === 8 ? 1 : 0)
    if (i < 8) put(square, 8, across, isDark)
    else put(square, across, 8, isDark)
    if (i < 8) put(square, size - 1 - i, 8, isDark)
    else put(square, 8, size - 15 + i, isDark)
  }
  put(square, 8, size - 8, true)
}

/** Up and down in columns of two, from the right; the column of ticks is stepped over. */
function putWords(
  { size, dark, taken }: Square,
  words: Uint8Array,
  mask: (x: number, y: number) => boolean,
): void {
  let bit = 0
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    const isUpward = ((right + 1) & 2) === 0
    for (let i = 0; i < size; i++) {
      const y = isUpward ? size - 1 - i : i
      for (const x of [right, right - 1]) {
        const row = dark[y]
        if (row === undefined || taken[y]?.[x] !== false) continue
        const isSet = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
        row[x] = isSet !== mask(x, y)
        bit++
      }
    }
  }
}

/** The standard's measure of what confuses a reader: long runs, full squares, false marks, too dark or too light. */
function penaltyOf(grid: QrGrid): number {
  const columns = grid.map((_, x) => grid.map((row) => row[x] === true))
  const lines = [...grid, ...columns].map((line) => line.map(Number).join(''))
  const runs = lines
    .flatMap((line) => line.match(/0{5,}|1{5,}/g) ?? [])
    .reduce((sum, run) => sum + run.length - 2, 0)
  const marks = lines.reduce(
    (sum, line) => sum + (line.match(/(?=10111010000|00001011101)/g)?.length ?? 0),
    0,
  )
  let squares = 0
  for (const [y, row] of grid.entries())
    for (const [x, module] of row.entries()) {
      const below = grid[y + 1]
      if (row[x + 1] === module && below?.[x] === module && below[x + 1] === module) squares++
    }
  const darkPart = grid.flat().filter(Boolean).length / grid.length ** 2
  return runs + 3 * squares + 40 * marks + 10 * Math.floor(Math.abs(darkPart - 0.5) * 20)
}
