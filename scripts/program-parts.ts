/**
 * The files that the program is made of. A bundler does not follow `new Worker(…)`, so each kind of worker is an entry of
 * its own; the code that starts one finds it by this name beside itself.
 */
export const mainPart = { holdfast: 'bin/main.ts' } as const
export const workerParts = {
  worker: 'src/adapters/pool/worker.ts',
  'restore-worker': 'src/adapters/target/restore-worker.ts',
} as const

/** What the program reads of its own package besides code. */
export const packagedTexts = [
  'package.json',
  'packaging/install.sh',
  'packaging/holdfast-agent.service',
  'packaging/holdfast-server.service',
] as const

/** Packages with native parts, which no bundle can hold. */
export const nativePackages = ['koffi', 'fuse-native'] as const
