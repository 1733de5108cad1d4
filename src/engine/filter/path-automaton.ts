/**
 * Many patterns as one machine. A path is read once from left to right whatever the patterns are: the set of places in
 * the patterns that can still match is a state, and states are made as paths ask for them. Each character costs one look
 * in a table, or at worst one visit of every place, so no pattern can make it slow (no backtracking, hence no ReDoS).
 * About 0.1 µs for a path of 60 characters here.
 */
import { assert, failure } from '#base'
import { isInSet, type Pattern, type PatternToken } from './pattern.ts'
import { symbolAt, symbolBytes, symbolOf } from './symbols.ts'

const slash = 0x2f
const asciiCount = 128
/** A table of states is thrown away when it is full; 2 MiB. */
const statesMax = 4096
const wideStepsMax = 65_536
/** Places of all patterns together. */
const placesMax = 100_000

type Place =
  | PatternToken
  /** Inside a level that `levels` passes over. */
  | { readonly kind: 'inside' }
  | { readonly kind: 'end'; readonly pattern: number; readonly directoriesOnly: boolean }

type State = {
  readonly places: Int32Array
  /** The last pattern that matches a path ending here, for a directory and for anything else; -1: none. */
  readonly directory: number
  readonly other: number
  readonly wide: Map<number, number>
}

const unknownStep = -1

export class PathAutomaton {
  readonly #places: readonly Place[]
  readonly #starts: readonly number[]
  readonly #stamps: Uint32Array
  #stamp = 0
  #states: State[] = []
  #byPlaces = new Map<string, number>()
  #table = new Int32Array(0)
  #wideSteps = 0
  /** Changes when states were thrown away: numbers of states kept elsewhere are then worthless. */
  generation = 0
  /** Steps that no table had yet: what paths and patterns that do not go together cost. Whoever serves others looks at it. */
  stepsMade = 0
  #start = 0

  constructor(patterns: readonly Pattern[]) {
    const places: Place[] = []
    const starts: number[] = []
    for (const [pattern, { tokens, directoriesOnly }] of patterns.entries()) {
      starts.push(places.length)
      for (const token of tokens) {
        if (token.kind === 'rest') places.push({ kind: 'any' })
        places.push(token)
        if (token.kind === 'levels') places.push({ kind: 'inside' })
      }
      places.push({ kind: 'end', pattern, directoriesOnly })
    }
    if (places.length > placesMax)
      throw failure('limit.exceeded', { what: 'The patterns together', limit: placesMax })
    this.#places = places
    this.#starts = starts
    this.#stamps = new Uint32Array(places.length)
    this.#reset()
  }

  /** The state before the first character. */
  get start(): number {
    return this.#start
  }

  /** The last pattern that matches a path ending in this state; -1: none. */
  verdict(state: number, isDirectory: boolean): number {
    const found = this.#states[state]
    assert(found !== undefined, 'a state is known')
    return isDirectory ? found.directory : found.other
  }

  /** Whether nothing can match any more. */
  isDead(state: number): boolean {
    return this.#states[state]?.places.length === 0
  }

  /** The state after one more character. */
  step(state: number, symbol: number): number {
    if (symbol < asciiCount) {
      const next = this.#table[state * asciiCount + symbol] ?? unknownStep
      return next === unknownStep ? this.#makeStep(state, symbol) : next
    }
    return this.#states[state]?.wide.get(symbol) ?? this.#makeStep(state, symbol)
  }

  /** The state after these characters. */
  stepText(state: number, text: string): number {
    for (let at = 0; at < text.length; ) {
      const byte = text.charCodeAt(at)
      const symbol = byte < asciiCount ? byte : symbolAt(text, at)
      state = this.step(state, symbol)
      at += symbol < asciiCount ? 1 : symbolBytes(symbol)
    }
    return state
  }

  /** The state after the first `length` of these bytes. */
  stepBytes(state: number, bytes: Uint8Array, length: number): number {
    const byteAt = (at: number): number => (at < length ? (bytes[at] ?? 0) : 0)
    for (let at = 0; at < length; ) {
      const byte = bytes[at] ?? 0
      const symbol =
        byte < asciiCount ? byte : symbolOf(byte, byteAt(at + 1), byteAt(at + 2), byteAt(at + 3))
      state = this.step(state, symbol)
      at += symbol < asciiCount ? 1 : symbolBytes(symbol)
    }
    return state
  }

  #reset(): void {
    this.generation++
    this.#states = []
    this.#byPlaces = new Map()
    this.#wideSteps = 0
    this.#table = new Int32Array(64 * asciiCount).fill(unknownStep)
    const places: number[] = []
    this.#stamp++
    for (const start of this.#starts) this.#enter(start, places)
    this.#start = this.#stateOf(places)
  }

  #makeStep(from: number, symbol: number): number {
    const state = this.#states[from]
    assert(state !== undefined, 'a state is known')
    this.stepsMade++
    const places: number[] = []
    this.#stamp++
    for (const place of state.places) this.#advance(place, symbol, places)
    if (this.#states.length >= statesMax || this.#wideSteps >= wideStepsMax) {
      this.#reset()
      return this.#stateOf(places)
    }
    const next = this.#stateOf(places)
    if (symbol < asciiCount) this.#table[from * asciiCount + symbol] = next
    else {
      state.wide.set(symbol, next)
      this.#wideSteps++
    }
    return next
  }

  #advance(place: number, symbol: number, into: number[]): void {
    const token = this.#places[place]
    assert(token !== undefined, 'a place is within the patterns')
    switch (token.kind) {
      case 'symbol':
        if (symbol === token.symbol) this.#enter(place + 1, into)
        return
      case 'any':
        if (symbol !== slash) this.#enter(place + 1, into)
        return
      case 'set':
        if (isInSet(token, symbol)) this.#enter(place + 1, into)
        return
      case 'star':
        if (symbol !== slash) this.#enter(place, into)
        return
      case 'rest':
        this.#enter(place, into)
        return
      case 'levels':
        if (symbol !== slash) this.#enter(place + 1, into)
        return
      case 'inside':
        this.#enter(symbol === slash ? place - 1 : place, into)
    }
  }

  /** Adds a place, and those that are reached from it without a character. */
  #enter(place: number, into: number[]): void {
    for (let at: number | undefined = place; at !== undefined; ) {
      if (this.#stamps[at] === this.#stamp) return
      this.#stamps[at] = this.#stamp
      into.push(at)
      const kind: Place['kind'] | undefined = this.#places[at]?.kind
      at = kind === 'star' || kind === 'rest' ? at + 1 : kind === 'levels' ? at + 2 : undefined
    }
  }

  #stateOf(places: number[]): number {
    const sorted = Int32Array.from(places).sort()
    const key = sorted.join()
    const known = this.#byPlaces.get(key)
    if (known !== undefined) return known
    const number = this.#states.length
    let directory = -1
    let other = -1
    for (const place of sorted) {
      const token = this.#places[place]
      if (token?.kind !== 'end') continue
      directory = Math.max(directory, token.pattern)
      if (!token.directoriesOnly) other = Math.max(other, token.pattern)
    }
    this.#states.push({ places: sorted, directory, other, wide: new Map() })
    this.#byPlaces.set(key, number)
    if (this.#states.length * asciiCount > this.#table.length) {
      const grown = new Int32Array(this.#table.length * 2).fill(unknownStep)
      grown.set(this.#table)
      this.#table = grown
    }
    return number
  }
}
