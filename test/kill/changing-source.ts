// A source tree that goes on changing, with a kept copy of each state that a backup saw.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../bench/random.ts'

const folders = 12
const largeBytes = 6 * 1024 * 1024

export class ChangingSource {
  readonly folder: string
  readonly #copies: string
  readonly #random: Random
  #made = 0
  #kept = 0

  constructor(folder: string, copies: string, random: Random) {
    this.folder = folder
    this.#copies = copies
    this.#random = random
  }

  fill(files: number): void {
    for (let i = 0; i < folders; i++) fs.mkdirSync(this.#folder(i), { recursive: true })
    fs.mkdirSync(this.#copies, { recursive: true })
    for (let i = 0; i < files; i++) this.#add()
    fs.writeFileSync(join(this.folder, 'large'), randomBytes(largeBytes))
    fs.linkSync(join(this.folder, 'large'), join(this.#folder(0), 'second name of large'))
    fs.symlinkSync('../large', join(this.#folder(1), 'link'))
  }

  /** A few files more, fewer and other; now and then a piece of the large one. */
  change(): void {
    for (let i = 0; i < 12; i++) this.#add()
    const names = this.#list()
    for (let i = 0; i < 8; i++) fs.rmSync(this.#pick(names), { force: true })
    for (let i = 0; i < 10; i++) fs.appendFileSync(this.#pick(names), `more ${this.#made}\n`)
    if (this.#random.chance(0.5)) this.#overwriteLarge()
  }

  /** The state as it is now, kept beside the source. The folder of the copy. */
  keepCopy(): string {
    this.#kept++
    const copy = join(this.#copies, String(this.#kept))
    execFileSync('cp', ['-a', this.folder, copy])
    return copy
  }

  #add(): void {
    this.#made++
    const name = join(this.#folder(this.#random.below(folders)), `file ${this.#made}`)
    const size = this.#random.chance(0.2) ? this.#random.below(250) : this.#random.below(30_000)
    fs.writeFileSync(name, randomBytes(size).toString('base64').slice(0, size))
  }

  #overwriteLarge(): void {
    const file = fs.openSync(join(this.folder, 'large'), 'r+')
    const length = 1 + this.#random.below(400_000)
    fs.writeSync(file, randomBytes(length), 0, length, this.#random.below(largeBytes - length))
    fs.closeSync(file)
  }

  #list(): readonly string[] {
    const all = fs.readdirSync(this.folder, { recursive: true, withFileTypes: true })
    return all
      .filter((entry) => entry.isFile() && entry.name.startsWith('file '))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  }

  #pick(names: readonly string[]): string {
    const name = names[this.#random.below(names.length)]
    if (name === undefined) throw new Error('the source ran out of files')
    return name
  }

  #folder(number: number): string {
    return join(this.folder, `folder ${number % folders}`)
  }
}
