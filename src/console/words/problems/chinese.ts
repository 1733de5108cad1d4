/** Chinese for every error of the catalogue. It is fetched when the language is Chinese, and not before. */
import { accessChinese } from './access.ts'
import { agentChinese } from './agent.ts'
import { distributionChinese } from './distribution.ts'
import { engineChinese } from './engine.ts'
import { commandChinese, jobChinese } from './jobs.ts'
import { pointChinese } from './points.ts'
import type { SaidOf } from './said.ts'
import { serverChinese } from './server.ts'

export const problemsChinese: SaidOf = {
  ...accessChinese,
  ...agentChinese,
  ...commandChinese,
  ...distributionChinese,
  ...engineChinese,
  ...jobChinese,
  ...pointChinese,
  ...serverChinese,
}
