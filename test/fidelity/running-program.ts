// The real program while it runs, so that a test can do something to its files meanwhile.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Answer, Desk } from '../e2e/program.ts'
import { root } from '../house/source-files.ts'

export type Running = {
  readonly isRunning: () => boolean
  readonly ended: Promise<Answer>
}

/** `under` is a program that starts ours, such as strace. */
export function startProgram(
  desk: Desk,
  words: readonly string[],
  under: readonly string[] = [],
): Running {
  const all = [...under, process.execPath, join(root, 'bin/holdfast.js'), ...words]
  const child = spawn(all[0] ?? '', all.slice(1), {
    cwd: desk.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: desk.folder,
      XDG_CACHE_HOME: desk.path('cache'),
      HOLDFAST_VAULT: desk.vault,
      HOLDFAST_KEY_FILE: desk.keyFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => {
    out += String(data)
  })
  child.stderr.on('data', (data) => {
    err += String(data)
  })
  const ended = new Promise<Answer>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
  return { isRunning: () => child.exitCode === null && child.signalCode === null, ended }
}

/** Does something again and again until the program has ended. */
export async function meanwhile({ isRunning, ended }: Running, act: () => void): Promise<Answer> {
  while (isRunning()) {
    act()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return await ended
}
