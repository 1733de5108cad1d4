/** The files of this machine on worker threads. */
export { linuxSourceTree } from './linux-source-tree.ts'
export { pooledBlockExchange } from './pooled-block-exchange.ts'
export { pooledBlockOpener } from './pooled-block-opener.ts'
export { pooledBlockRecoder } from './pooled-block-recoder.ts'
export { linuxSmallFiles } from './small-files.ts'
