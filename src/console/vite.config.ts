import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// biome-ignore lint/style/noDefaultExport: Vite asks for it
export default defineConfig({
  root: at('.'),
  plugins: [react()],
  build: {
    outDir: at('../../dist/console'),
    emptyOutDir: true,
    target: 'es2024',
    // The policy of the page lets nothing be made of text, and its scripts come from files.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
})
