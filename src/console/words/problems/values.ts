/** Chinese for the few words that stand in braces of a sentence: roles, kinds, states, limits, steps. */
import { jobStatesChinese } from '../job-states.ts'

const kinds: Readonly<Record<string, string>> = {
  account: '账号',
  'activation code': '激活码',
  alert: '告警',
  binding: '策略绑定',
  channel: '告警渠道',
  client: '客户端',
  'client build': '客户端安装包',
  code: '激活码',
  instance: '实例',
  job: '备份任务',
  passkey: '通行密钥',
  plan: '备份计划',
  point: '备份点',
  policy: '备份策略',
  region: '地域',
  restoreJob: '恢复任务',
  'restore job': '恢复任务',
  schedule: '备份时间',
  session: '会话',
  token: 'API 令牌',
  user: '用户',
  vault: '备份库',
  version: '备份版本',
}

const roles: Readonly<Record<string, string>> = {
  owner: '所有者',
  administrator: '管理员',
  backupOperator: '备份操作员',
  restoreOperator: '恢复操作员',
  auditor: '审计员',
  agent: '客户端',
  public: '未登录',
}

const states: Readonly<Record<string, string>> = {
  ...jobStatesChinese,
  active: '生效中',
  paused: '已暂停',
  canceled: '已取消',
  reached: '已到时间',
  off: '未锁定',
  governed: '受管锁定',
  pending: '锁定中',
  compliance: '永久锁定',
}

const credentials: Readonly<Record<string, string>> = {
  passphrase: '口令',
  'key file': '密钥文件',
  'recovery key': '恢复密钥',
  certificate: '证书',
  key: '密钥',
}

const priorities: Readonly<Record<string, string>> = { low: '低', high: '高', custom: '自定义' }

/** By the key in the braces. */
export const valuesChinese: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kind: kinds,
  role: roles,
  other: roles,
  priority: priorities,
  enough: priorities,
  state: states,
  status: states,
  from: states,
  to: states,
  credential: credentials,
  scope: {
    read: '查看',
    backup: '备份',
    restore: '恢复',
    administer: '管理',
    'of a person who signed in': '须由用户登录后操作',
  },
  method: { 'Essential backup': ' Essential 备份', policies: '备份策略' },
  what: {
    ...credentials,
    'A query': '查询',
    'A pattern': '匹配模式',
    'An answer': '答复',
    'An event': '事件',
    'The number of holds': '留置数量',
    'The number of points of a job': '任务的备份点数量',
    'The patterns together': '匹配模式总量',
  },
  quota: {
    'quota of the vault': '备份库配额',
    'number of users': '用户数',
    'number of tokens': 'API 令牌数',
    'number of regions': '地域数',
    'number of passkeys': '通行密钥数',
    'number of channels': '告警渠道数',
  },
  step: {
    connecting: '连接',
    looking: '检查机器',
    'looking at the machine': '检查机器',
    'making a temporary folder': '创建临时文件夹',
    sending: '发送文件',
    'sending the client': '发送客户端',
    'sending the installer': '发送安装程序',
    installing: '安装',
    'cleaning up': '清理',
    done: '完成',
  },
}

/** What is in these braces is English unless it is among the values above. */
export const englishKeys: ReadonlySet<string> = new Set([
  'advice',
  'credential',
  'found',
  'kind',
  'method',
  'near',
  'origin',
  'problem',
  'quota',
  'scope',
  'state',
  'status',
  'step',
  'what',
  'when',
])
