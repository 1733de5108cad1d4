// Compiles src/adapters/chunker/gear.wat into gear-wasm.ts beside it (run: `node scripts/build-wasm.ts`).
//
// The bytes are committed, so that neither users nor tests need the compiler; with `--check`
// nothing is written and the exit code is 1 if the committed file is not what the text gives.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

const source = fileURLToPath(new URL('../src/adapters/chunker/gear.wat', import.meta.url))
const target = fileURLToPath(new URL('../src/adapters/chunker/gear-wasm.ts', import.meta.url))

const bytesMax = 2048

export async function compileGear(): Promise<Uint8Array> {
  const compiler = await wabt()
  const parsed = compiler.parseWat('gear.wat', readFileSync(source, 'utf8'), {
    simd: true,
    threads: true,
  })
  try {
    return parsed.toBinary({ canonicalize_lebs: true, write_debug_names: false }).buffer
  } finally {
    parsed.destroy()
  }
}

export function gearModuleText(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,92}/g) ?? []
  return `// Written by scripts/build-wasm.ts from gear.wat (${bytes.length} bytes). Do not edit: edit gear.wat.

export const gearWasm = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('')
`
}

if (import.meta.main) {
  const bytes = await compileGear()
  if (bytes.length > bytesMax)
    throw new Error(`gear.wat gives ${bytes.length} bytes, > ${bytesMax}`)
  const text = gearModuleText(bytes)
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text)
    console.log(`gear-wasm.ts: ${bytes.length} bytes`)
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error('gear-wasm.ts is not what gear.wat gives: run node scripts/build-wasm.ts')
    process.exitCode = 1
  }
}
