/** Messages in Chinese; the words are those of the original product. */
import type { SkipReason } from '#engine'
import type { FactReader } from './fact-reader.ts'
import type { NoticeWords } from './notice-words.ts'

const reasons: Readonly<Record<SkipReason, string>> = {
  PREVIOUS_RUNNING: '上一次备份仍在运行',
  TIME_CHANGED: '备份时间已被修改',
  PAUSED: '备份计划已暂停',
  INSTANCE_GONE: '实例不存在',
  CLIENT_AWAY: '客户端无法连接',
  OUTSIDE_WINDOW: '不在允许备份的时间窗口内',
  MISSED: '未能按时启动',
}
const olderPoints = '已有的备份点不受影响，仍可恢复。'

export const chineseWords: NoticeWords = {
  alerts: {
    BACKUP_FAILED: (facts) => ({
      title: `实例 ${facts.text('instanceName')} 备份失败`,
      happened: [`没有生成新的备份版本：${facts.text('problem')}`],
      advice: [
        '打开该备份任务，报告中写明了失败的原因和位置。',
        '排除原因后重新执行备份；已上传的数据不会重复上传。',
        olderPoints,
      ],
    }),
    BACKUP_PARTIAL: (facts) => ({
      title: `实例 ${facts.text('instanceName')} 备份部分完成`,
      happened: [
        `已生成可恢复的版本，但并非所有文件都完整：失败 ${facts.number('failedCount')} 个，跳过 ${facts.number('skippedCount')} 个，读取时发生变化 ${facts.number('inconsistentCount')} 个。`,
      ],
      advice: [
        '任务报告中列出了每个文件及其原因。',
        '数据库：请配置转储或前后置脚本，直接复制打开的文件无法保证一致性。',
      ],
    }),
    CLIENT_LOST: (facts) => ({
      title: `实例 ${facts.text('instanceName')} 失去联系`,
      happened: [`最近一次收到客户端心跳：${facts.timeOf('lastHeardAt')}。`],
      advice: [
        '请检查该机器是否运行、能否访问本服务器，以及客户端服务是否运行。',
        `恢复联系之前不会有新的备份。${olderPoints}`,
      ],
    }),
    NO_RECENT_BACKUP: (facts) => ({
      title: `实例 ${facts.text('instanceName')} 最近 ${facts.number('days')} 天没有备份`,
      happened: [
        facts.has('lastVersionAt')
          ? `最后一个备份版本的时间：${facts.timeOf('lastVersionAt')}。`
          : '从未生成过备份版本。',
      ],
      advice: [
        '请查看该实例最近的备份任务，并立即执行一次备份。',
        '已有版本会陆续过期，直至全部过期。',
      ],
    }),
    LOCK_EVENT: (facts) => ({
      title: `备份库 ${facts.text('vaultName')} 的锁定`,
      happened: [facts.text('text')],
      advice: ['如果不是你们的操作，请立即查看审计日志。'],
    }),
    KEY_EVENT: (facts) => ({
      title: `备份库 ${facts.text('vaultName')} 的密钥`,
      happened: [facts.text('text')],
      advice: [
        '如果不是你们的操作，请立即查看审计日志。',
        '没有密钥就无法读取备份库：请确认恢复密钥保存妥当。',
      ],
    }),
    MIRROR_LAG: (facts) => ({
      title: `备份库 ${facts.text('vaultName')} 的镜像滞后`,
      happened: [`缺少最近 ${hoursText(facts.number('lagMs'))}内生成的数据。`],
      advice: ['请检查地域之间的网络以及镜像库的存储。'],
    }),
    VAULT_NEARLY_FULL: (facts) => ({
      title: `备份库 ${facts.text('vaultName')} 即将写满`,
      happened: [
        `已使用 ${facts.bytesOf('usedBytes')}，共 ${facts.bytesOf('limitBytes')}（${facts.percentOf('usedBytes', 'limitBytes')}%）。`,
      ],
      advice: ['请提高配额或增加存储：写满后备份会失败。', '已锁定的备份点任何人都无法删除。'],
    }),
    SUSPICIOUS_CHANGE: (facts) => ({
      title: `实例 ${facts.text('instanceName')} 出现可疑变化`,
      happened: [facts.text('text')],
      advice: [
        '请立即检查该机器：勒索软件加密文件时就是这种表现。',
        '请对最后一个可信的版本设置保留，并恢复到其他机器，不要恢复到本机。',
      ],
    }),
    DELETION_REFUSED: (facts) => ({
      title: facts.has('vaultName')
        ? `备份库 ${facts.text('vaultName')} 的删除请求被拒绝`
        : '有人反复尝试删除备份',
      happened: [
        facts.has('vaultName')
          ? facts.text('text')
          : `十分钟内至少被拒绝 ${facts.number('count')} 次，最近一次来自 ${facts.text('who')}（${facts.text('address')}）。`,
      ],
      advice: [
        '没有任何数据被删除。审计日志记录了操作者和来源。',
        '如果不是你们的操作，请吊销该用户的令牌并修改密码。',
      ],
    }),
    WINDOW_MISSED: (facts) => ({
      title: `实例 ${facts.text('instanceName')} 有一次备份未执行`,
      happened: [
        `计划时间：${facts.timeOf('dueAt')}；原因：${reasonOf(facts)}。`,
        ...(facts.number('moreRuns') > 0
          ? [`此前还有 ${facts.number('moreRuns')} 次也被跳过。`]
          : []),
      ],
      advice: [
        '除非计划另有设置，错过的备份不会补做；如需今天的备份，请立即执行一次。',
        '如果一次备份超过一天，请提高备份优先级。',
      ],
    }),
  },
  restoreFailed: (facts) => ({
    title: `恢复到实例 ${facts.text('instanceName')} 失败`,
    happened: [facts.text('problem')],
    advice: ['不会留下写了一半的文件：未恢复的文件保持原样。', '排除原因后重新发起恢复。'],
  }),
  test: {
    title: '这是一条测试通知',
    happened: ['有权限的用户通过此渠道发送了测试。一切正常。'],
    advice: ['无需处理。'],
  },
  levels: { notice: '通知', warning: '警告', critical: '严重' },
  over: '已恢复：',
  overSince: (time) => `问题已于 ${time} 消除。`,
  again: (count, since) => `自 ${since} 起已出现 ${count} 次。`,
  digestTitle: (count) => `${count} 条告警`,
  more: (count) => `……另有 ${count} 条，请在控制台查看。`,
  labels: {
    when: '时间',
    instance: '实例',
    vault: '备份库',
    job: '任务',
    account: '账号',
    whatToDo: '处理建议',
    look: '在控制台打开',
    why: '您收到此消息，是因为 Holdfast 的告警渠道中设置了此地址。',
  },
}

function reasonOf(facts: FactReader): string {
  return Object.entries(reasons).find(([reason]) => reason === facts.text('reason'))?.[1] ?? '–'
}

function hoursText(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  return hours < 48 ? `${hours.toFixed(1)} 小时` : `${(hours / 24).toFixed(1)} 天`
}
