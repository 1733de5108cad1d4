/** Texts of the audit log: who did what, with what result, and whether the log is whole. */
import type { AuditBreak, AuditResult, Caller } from '#contract'
import { auditDeedsChinese, auditDeedsEnglish } from './audit-deeds.ts'

const breaksEnglish: Readonly<Record<AuditBreak, (entry: string) => string>> = {
  missing: (entry) => `Entry ${entry} is missing.`,
  misplaced: (entry) => `Entry ${entry} does not follow the one before it.`,
  changed: (entry) => `Entry ${entry} was changed after it was written.`,
  cut: (entry) => `The newest entries are missing, from entry ${entry} on.`,
}
const breaksChinese: typeof breaksEnglish = {
  missing: (entry) => `第 ${entry} 条记录缺失。`,
  misplaced: (entry) => `第 ${entry} 条记录与前一条不衔接。`,
  changed: (entry) => `第 ${entry} 条记录在写入之后被修改过。`,
  cut: (entry) => `最新的记录缺失，从第 ${entry} 条开始。`,
}
const callersEnglish: Readonly<Record<Caller, string>> = {
  owner: 'Owner',
  administrator: 'Administrator',
  backupOperator: 'Backup operator',
  restoreOperator: 'Restore operator',
  auditor: 'Auditor',
  agent: 'Agent of a machine',
  public: 'Not signed in',
}
const callersChinese: typeof callersEnglish = {
  owner: '所有者',
  administrator: '管理员',
  backupOperator: '备份操作员',
  restoreOperator: '恢复操作员',
  auditor: '审计员',
  agent: '实例上的客户端',
  public: '未登录',
}
const resultsEnglish: Readonly<Record<AuditResult, string>> = {
  done: 'Done',
  refused: 'Refused',
  failed: 'Failed',
}
const resultsChinese: typeof resultsEnglish = { done: '成功', refused: '已拒绝', failed: '失败' }

export const auditEnglish = {
  title: 'Audit log',
  about:
    'Everything that was changed, taken out or refused: who, from where, what, and with what result.',
  csv: 'Download as CSV',
  empty: 'Nothing is in the log yet',
  emptyAbout:
    'Every change, every download and every refused call leaves an entry here that nobody can edit.',
  noMatch: 'Nothing matches',
  noMatchAbout: 'No entry fits the filters.',
  clearFilters: 'Clear filters',
  columns: {
    at: 'When',
    who: 'Who',
    from: 'From',
    action: 'What',
    object: 'On what',
    result: 'Result',
  },
  filters: {
    from: 'First day',
    until: 'Last day',
    who: 'Who',
    whoHint: 'Exact name or id',
    action: 'What',
    anyAction: 'Anything',
    object: 'On what',
    objectHint: 'Exact id',
    result: 'Result',
    anyResult: 'Any result',
  },
  callers: callersEnglish,
  results: resultsEnglish,
  deeds: auditDeedsEnglish,
  details: {
    title: 'Entry of the audit log',
    caller: 'Role',
    call: 'Call',
    objectId: 'Id',
    problem: 'Reason',
    paths: 'Files and folders',
    request: 'Request',
    entry: 'Entry',
  },
  chain: {
    title: 'Is the log whole?',
    about: 'Each entry carries the hash of the one before it, so a change leaves a trace.',
    check: 'Check the chain',
    again: 'Check again',
    whole: (count: string, one: boolean) =>
      one
        ? 'The one entry is as it was written.'
        : `All ${count} entries are as they were written: none was changed, removed or put in between.`,
    none: 'There is no entry yet.',
    broken: 'The log was changed past the program.',
    breaks: breaksEnglish,
    head: 'Hash of the newest entry:',
    headAbout:
      'Whoever can write the database could write the whole log anew: keep this hash elsewhere to notice that.',
  },
}

export const auditChinese: typeof auditEnglish = {
  title: '审计日志',
  about: '所有变更、导出下载和被拒绝的操作：何人、来自何处、做了什么、结果如何。',
  csv: '下载 CSV',
  empty: '日志中还没有记录',
  emptyAbout: '每次变更、每次下载和每个被拒绝的操作都会在这里留下无法修改的记录。',
  noMatch: '没有匹配的结果',
  noMatchAbout: '没有符合筛选条件的记录。',
  clearFilters: '清除筛选',
  columns: {
    at: '时间',
    who: '操作者',
    from: '来源',
    action: '操作',
    object: '对象',
    result: '结果',
  },
  filters: {
    from: '开始日期',
    until: '结束日期',
    who: '操作者',
    whoHint: '完整名称或 ID',
    action: '操作',
    anyAction: '全部操作',
    object: '对象',
    objectHint: '完整 ID',
    result: '结果',
    anyResult: '全部结果',
  },
  callers: callersChinese,
  results: resultsChinese,
  deeds: auditDeedsChinese,
  details: {
    title: '审计日志记录',
    caller: '角色',
    call: '调用',
    objectId: 'ID',
    problem: '原因',
    paths: '文件和文件夹',
    request: '请求',
    entry: '记录',
  },
  chain: {
    title: '日志是否完整？',
    about: '每条记录都带有前一条记录的哈希值，任何改动都会留下痕迹。',
    check: '校验日志',
    again: '重新校验',
    whole: (count) => `全部 ${count} 条记录均保持写入时的内容：没有修改、删除或插入。`,
    none: '还没有任何记录。',
    broken: '日志曾被绕过程序修改。',
    breaks: breaksChinese,
    head: '最新记录的哈希值：',
    headAbout: '能够写入数据库的人可以重写整个日志：请将此哈希值另行保存，以便发现这种情况。',
  },
}

export const auditTexts = { en: auditEnglish, zh: auditChinese }
