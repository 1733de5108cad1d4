// What the single executable runs first. The program lies in it as the modules that it lies in dist/ as, so that a command
// loads only those that it uses; they are found through hooks of Node's own loader, under names below the executable's.
import { createRequire, registerHooks } from 'node:module'
import { getAsset } from 'node:sea'
import { pathToFileURL } from 'node:url'

const root = `${pathToFileURL(process.execPath).href}.parts/`
const doorUrl = `${root}door.cjs`
/** The main script of an executable may import only what Node itself brings; a module may import anything. */
const door = 'module.exports = (url) => import(url)'

registerHooks({
  resolve(specifier, context, next) {
    const isPart = specifier.startsWith(root)
    const isBesidePart = specifier.startsWith('./') && context.parentURL?.startsWith(root) === true
    if (!isPart && !isBesidePart) return next(specifier, context)
    const url = new URL(specifier, root).href
    return { url, format: url === doorUrl ? 'commonjs' : 'module', shortCircuit: true }
  },
  load(url, context, next) {
    if (!url.startsWith(root)) return next(url, context)
    if (url === doorUrl) return { format: 'commonjs', source: door, shortCircuit: true }
    const source = getAsset(`parts/${url.slice(root.length)}`, 'utf8')
    return { format: 'module', source, shortCircuit: true }
  },
})

type Program = { main(argv: readonly string[]): Promise<number> }

const load: (url: string) => Promise<Program> = createRequire(root)(doorUrl)
void start()

async function start(): Promise<void> {
  const { main } = await load(`${root}holdfast.js`)
  process.exitCode = await main(process.argv.slice(2))
}
