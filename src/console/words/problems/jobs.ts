/** Chinese for the errors of jobs, and for those of commands. */
import type { Said } from './said.ts'

export const jobChinese = {
  'agent.other-machine': {
    says: '客户端 {client} 的身份来自另一台机器，或被同一台机器用了两次。',
    advise: '如果身份被盗用，请将其吊销。克隆或重装的机器需要用新的激活码激活。',
  },
  'job.abandoned': {
    says: '客户端在执行任务时失联，之后没有再继续。',
    advise: '请查看客户端失联的原因；下次执行会沿用已存储的内容。',
  },
  'job.no-points': {
    says: '客户端结束了备份，但备份库中没有由此产生的备份点。',
    advise: '请重新执行；如果再次发生，请升级客户端并查看其日志。',
  },
  'job.points-missing': {
    says: '{missing} 没有生成备份点。',
    advise: '任务中的其余内容已在该备份版本中。请查看报告，然后重新执行。',
  },
  'job.request-invalid': {
    says: '任务的要求无法下发给客户端：{problem}。',
    advise: '请修改备份计划或恢复任务，然后重新开始。',
  },
  'job.refused-by-client': {
    says: '客户端拒绝了该任务：{problem}',
    advise: '请查看该机器的本地策略 /etc/holdfast/agent.json。',
  },
  'restore.other-region': {
    says: '备份库位于地域 {from}，而目标 {instance} 位于 {to}。',
    advise: '请从目标所在地域的镜像备份库恢复，或选择其他目标。',
  },
} satisfies Readonly<Record<string, Said>>

export const commandChinese = {
  'server.unnamed': {
    says: '这里还不知道任何控制服务器。',
    advise: '请用 `holdfast login ADDRESS` 登录一台，或设置 HOLDFAST_SERVER 和 HOLDFAST_TOKEN。',
  },
  'server.unknown-name': {
    says: '{path} 中没有名为 {name} 的控制服务器。',
    advise: '其中有：{known}。地址以 https:// 开头。',
  },
  'server.untrusted': {
    says: '在 {address} 应答的不是受信任的控制服务器：{problem}。',
    advise:
      '没有发送任何内容。如果是有意更换了证书，请在服务器上核对指纹，然后重新执行 `holdfast login`。',
  },
  'sign-in.impossible': {
    says: '没有终端可以输入{what}。',
    advise:
      '请使用 API 令牌：--token-file FILE（- 表示标准输入）或 HOLDFAST_TOKEN；指纹用 --fingerprint 给出。',
  },
  'name.unknown': {
    says: '没有可供您查看的{kind} {name}{near}。',
    advise: '请检查名称；列表中有名称和 ID。',
  },
  'name.ambiguous': {
    says: '{name} 可能指其中 {count} 个：{found}。',
    advise: '请改用 ID，或给出足以区分的前几位。',
  },
  'version.none': {
    says: '没有 {instance} 的备份版本{when}。',
    advise: '`holdfast versions` 列出现有的备份版本。',
  },
  'choice.missing': {
    says: '{problem}。',
    advise: '{advice}',
  },
  'confirmation.missing': {
    says: '此操作不可撤销，需要确认；没有执行任何操作。',
    advise: '请按提示输入，或给出 --confirm "{confirmation}"。',
  },
  'confirmation.declined': {
    says: '未确认，没有执行任何操作。',
    advise: '确定要执行时请重新运行；--yes 表示确认。',
  },
  'job.not-complete': {
    says: '任务 {job} 的结果是“{state}”：{problem}',
    advise: '{advice}',
  },
} satisfies Readonly<Record<string, Said>>
