/**
 * Where a command speaks: results on standard output, everything else on standard error. For people as text; with --json
 * as event lines on standard output. Lines are gathered for a moment; a command that lists much awaits `drain` when
 * `isFull`, or the lines of a slow reader would pile up.
 */
import { styleText } from 'node:util'
import type { Failure } from '#base'
import { failureFields, failureLines } from './failure-text.ts'
import type { Machine, OutputStream } from './machine.ts'
import { type JsonValue, jsonLine } from './printable.ts'
import type { Settings } from './settings.ts'

const gatheredCharactersMax = 64 * 1024

export type Fields = Readonly<Record<string, JsonValue>>

export class Output {
  settings: Settings
  readonly #out: OutputStream
  readonly #errors: OutputStream
  #gathered = ''
  /** Takes the progress line off the screen before something else is written. */
  #clearProgress: () => void = () => undefined

  constructor(machine: Machine, settings: Settings) {
    this.settings = settings
    this.#out = machine.output
    this.#errors = machine.errors
  }

  /** A line of the result, for people. */
  line(text: string): void {
    if (!this.settings.json) this.#gather(`${text}\n`)
  }

  /** A line of what was done, which `--quiet` leaves out. */
  note(text: string): void {
    if (!this.settings.quiet) this.line(text)
  }

  /** A line for programs. */
  event(event: string, fields: Fields = {}): void {
    if (this.settings.json) this.#gather(`${jsonLine({ event, ...fields })}\n`)
  }

  /** Something worth knowing that is no result and no failure. */
  notice(text: string): void {
    this.event('notice', { text })
    if (!this.settings.json && !this.settings.quiet) this.aside(text)
  }

  warning(text: string): void {
    this.event('warning', { text })
    if (!this.settings.json) this.aside(`${this.paint('yellow', 'Warning:')} ${text}`)
  }

  /** Straight to standard error. */
  aside(text: string): void {
    this.#clearProgress()
    this.#errors.write(`${text}\n`)
  }

  failure(problem: Failure): void {
    this.event('error', failureFields(problem))
    if (this.settings.json) return
    const [first = '', ...rest] = failureLines(problem)
    this.aside([`${this.paint('red', 'Error:')} ${first}`, ...rest].join('\n'))
  }

  paint(color: 'red' | 'yellow' | 'green' | 'dim' | 'bold', text: string): string {
    const stream = this.#errors
    return this.settings.color && stream.isTTY === true
      ? styleText(color, text, { validateStream: false })
      : text
  }

  /** A progress line that the next message has to take away first. */
  showProgress(text: string, clear: () => void): void {
    this.#clearProgress = clear
    this.#errors.write(text)
  }

  endProgress(): void {
    this.#clearProgress()
    this.#clearProgress = () => undefined
  }

  get progressColumns(): number | undefined {
    return this.#errors.isTTY === true ? this.#errors.columns || 80 : undefined
  }

  get isFull(): boolean {
    return this.#gathered.length >= gatheredCharactersMax
  }

  /** Waits until what was written is taken. */
  async drain(): Promise<void> {
    const text = this.#gathered
    this.#gathered = ''
    if (text !== '') await this.writeOut(text)
  }

  /** Straight to standard output, as the result itself. */
  async writeOut(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#out.write(bytes, (problem) => (problem == null ? resolve() : reject(problem)))
    })
  }

  #gather(text: string): void {
    this.#clearProgress()
    // Whoever follows a long job sees each line as it comes. What cannot be written is told by the stream itself.
    if (this.#gathered === '') setImmediate(() => this.#flush())
    this.#gathered += text
  }

  #flush(): void {
    const text = this.#gathered
    this.#gathered = ''
    if (text !== '') this.#out.write(text)
  }
}
