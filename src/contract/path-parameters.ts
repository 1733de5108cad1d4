/** Every name that may stand in braces in a path, and what it must be. The same name means the same everywhere. */
import { z } from 'zod'
import { reportLists } from './enums/jobs.ts'
import { ids } from './ids.ts'

/** A build of the client that the server hands out. */
export const clientBuilds = ['linux-x86-64', 'linux-arm64'] as const
export type ClientBuild = (typeof clientBuilds)[number]

export const pathParameters = {
  accountId: ids.account,
  alertId: ids.alert,
  bindingId: ids.binding,
  blockNumber: z.string().regex(/^(?:0|[1-9]\d{0,8})$/, 'not a number of a block'),
  channelId: ids.channel,
  clientBuild: z.enum(clientBuilds),
  codeId: ids.code,
  instanceId: ids.instance,
  jobId: ids.job,
  passkeyId: ids.passkey,
  planId: ids.plan,
  pointId: ids.point,
  policyId: ids.policy,
  regionId: ids.region,
  reportList: z.enum(reportLists),
  restoreJobId: ids.restoreJob,
  sessionId: ids.session,
  tokenId: ids.token,
  userId: ids.user,
  vaultId: ids.vault,
  versionId: ids.version,
} as const

export type PathParameters = typeof pathParameters
