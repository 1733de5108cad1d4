#!/usr/bin/env node
// Starts Holdfast under a Node that can run it. Plain JavaScript, so that an old Node (18 and newer)
// gets far enough to hand over to the one that npm installed beside us as a platform package.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

const nodeMajorMin = 26
const architectures32Bit = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390']
const self = fileURLToPath(import.meta.url)

if (architectures32Bit.includes(process.arch)) {
  fail(`Holdfast needs a 64-bit system; this Node is a 32-bit program (${process.arch}).`)
} else if (major(process.versions.node) < nodeMajorMin) {
  handOver()
} else {
  await start()
}

async function start() {
  const cache = cacheDirectory()
  if (cache !== undefined) {
    module.enableCompileCache?.(cache)
    // Worker threads look only here.
    process.env.NODE_COMPILE_CACHE ??= cache
  }
  // A published package has only the bundle; a clone has the sources, which cannot be stale.
  const published = !existsSync(new URL('../src', import.meta.url))
  const entry = published ? '../dist/holdfast.js' : './main.ts'
  const { main } = await import(entry)
  process.exitCode = await main(process.argv.slice(2))
}

function handOver() {
  const node = findPlatformNode()
  if (node === undefined) {
    fail(
      `Holdfast needs Node ${nodeMajorMin} or newer; this is ${process.version}, and the package ` +
        `node-${process.platform}-${process.arch} is not installed.\n` +
        'Run npm ci (without --omit=optional), or start Holdfast with a newer Node.',
    )
    return
  }
  const argv = [self, ...process.argv.slice(2)]
  // Becoming the other Node keeps one process: no second set of memory, no signal to pass on.
  if (typeof process.execve === 'function') process.execve(node, [node, ...argv])
  const child = spawn(node, argv, { stdio: 'inherit' })
  passSignals(child)
  child.on('error', (problem) => fail(`Cannot start ${node}: ${problem.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function findPlatformNode() {
  const require = createRequire(import.meta.url)
  const name = `node-${process.platform}-${process.arch}`
  try {
    const description = require.resolve(`${name}/package.json`)
    const binary = join(dirname(description), 'bin', 'node')
    return major(require(description).version) >= nodeMajorMin && existsSync(binary)
      ? binary
      : undefined
  } catch {
    return undefined // not installed: the caller says so
  }
}

function passSignals(child) {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']) {
    // A terminal sends these two to both of us; passing them on would look like a second Ctrl-C.
    const fromTerminal = ['SIGINT', 'SIGQUIT'].includes(signal) && isatty(0)
    process.on(signal, () => {
      if (!fromTerminal) child.kill(signal)
    })
  }
}

/**
 * Where compiled code is kept between starts. What lies there is run, so nobody else may be able to
 * write it: under sudo the cache of an ordinary user is not used for root.
 */
function cacheDirectory() {
  const wanted = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast')
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 })
    const directory = realpathSync(wanted)
    return isOurs(directory) ? directory : undefined
  } catch {
    return undefined // without a cache the start is only slower
  }
}

function isOurs(directory) {
  const { uid, mode } = statSync(directory)
  const sticky = (mode & 0o1000) !== 0
  const ours = [0, process.getuid()].includes(uid) && ((mode & 0o022) === 0 || sticky)
  const parent = dirname(directory)
  return ours && (parent === directory || isOurs(parent))
}

function major(version) {
  return Number.parseInt(version, 10)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
