/**
 * Sentences that are in no catalogue, in English and in Chinese: warnings of plans and jobs, and what stands behind the
 * colon of an error. Facts are in braces; a newer server or client may say more, which stays English.
 */

export const phrasesChinese: readonly (readonly [english: string, chinese: string])[] = [
  // Warnings of a plan.
  [
    '{database} keeps its data in {path} and is running: copies of files that change are not consistent, and may not start again. Back up a dump of it as well.',
    '{database} 的数据位于 {path}，且正在运行：直接复制变化中的文件得到的数据不一致，可能无法再启动。请同时备份它的导出文件。',
  ],
  [
    '{database} keeps its data in {path}: copies of files that change are not consistent, and may not start again. Back up a dump of it as well.',
    '{database} 的数据位于 {path}：直接复制变化中的文件得到的数据不一致，可能无法再启动。请同时备份它的导出文件。',
  ],
  [
    'The first backup of {size} GB takes longer than a day at priority "{priority}": the runs that are due meanwhile are skipped, and the priority "{enough}" would be enough.',
    '以优先级“{priority}”首次备份 {size} GB 需要一天以上：在此期间到期的备份会跳过；优先级“{enough}”可以满足。',
  ],
  [
    'The first backup of {size} GB takes longer than a day at priority "{priority}": the runs that are due meanwhile are skipped, and no priority is enough for it.',
    '以优先级“{priority}”首次备份 {size} GB 需要一天以上：在此期间到期的备份会跳过；任何优先级都无法满足。',
  ],
  // Warnings of jobs.
  [
    '{path} is a foreign mount ({system}): reading it may be slow, and its provider may charge for requests.',
    '{path} 是外部挂载（{system}）：读取可能较慢，其提供商也可能按请求收费。',
  ],
  [
    '{path} holds a {database} database that is running: a copy of its files is not consistent. Use a hook that dumps it.',
    '{path} 中有正在运行的 {database} 数据库：直接复制其文件得到的数据不一致，请用脚本将其导出。',
  ],
  [
    'The backup holds no file: check its sources and what is excluded.',
    '备份中没有文件：请检查备份源和排除规则。',
  ],
  [
    'The local policy restores nothing at or below these: {paths}',
    '本地策略不允许恢复到以下位置及其下级：{paths}',
  ],
  ['The hook {hook} failed: {problem}.', '脚本 {hook} 执行失败：{problem}。'],
  ['Output of the hook {hook}: …{output}', '脚本 {hook} 的输出：…{output}'],
  ['It is begun again (try {count}): {problem}', '任务重新开始（第 {count} 次）：{problem}'],
  ['There are more warnings; see the log of the client.', '还有更多警告，请查看客户端日志。'],
  [
    '{count} more lines are counted, but not listed in the report',
    '另有 {count} 行已计数，但没有列在报告中',
  ],
  ['lines of the report are lost: {problem}', '报告中有些行已丢失：{problem}'],
  [
    'The priority of the client could not be set: {what} (error {number}).',
    '无法设置客户端的优先级：{what}（错误 {number}）。',
  ],
  [
    'The selection holds no files of the point: nothing was restored.',
    '所选内容在该备份点中没有文件，没有恢复任何内容。',
  ],
  ['The selection holds no files; nothing was restored.', '所选内容中没有文件，没有恢复任何内容。'],
  ['Owners are not restored: that takes root.', '没有恢复所有者：这需要 root 权限。'],
  ["The target is not root's alone: {what}.", '目标并非只有 root 可写：{what}。'],
  [
    'There are no files: the sources have none, or the patterns leave all of them out.',
    '没有文件：备份源中没有，或全部被规则排除。',
  ],
  [
    'There are no files now; the point before had {count}. Is the source mounted?',
    '现在没有文件，而上一个备份点有 {count} 个。备份源是否已挂载？',
  ],
  ['1 entry was left out because of {file} files.', '有 1 项因 {file} 文件而未备份。'],
  [
    '{count} entries were left out because of {file} files.',
    '有 {count} 项因 {file} 文件而未备份。',
  ],
  [
    '1 pack of the vault is damaged and set aside; everything is read once more.',
    '备份库中有 1 个数据包损坏，已移到一边；将重新读取全部内容。',
  ],
  [
    '{count} packs of the vault are damaged and set aside; everything is read once more.',
    '备份库中有 {count} 个数据包损坏，已移到一边；将重新读取全部内容。',
  ],
  ['The point before cannot be compared with: {problem}', '无法与上一个备份点比较：{problem}'],
  [
    '{object} could not be read as it should be; what was needed of it came from a second attempt or from another copy. Verify the vault.',
    '{object} 读取异常，所需内容来自重试或另一份副本。请校验备份库。',
  ],
  // Behind the colon: passwords and passkeys.
  ['it has fewer than {count} characters', '少于 {count} 个字符'],
  ['it has more than {count} characters', '超过 {count} 个字符'],
  [
    'it is one thing over and over, or what everybody tries first',
    '内容重复，或是最先会被尝试的密码',
  ],
  ['it is made of what everybody tries first', '由最先会被尝试的内容组成'],
  ['it is the one that you have', '与现有密码相同'],
  ['it was not asked for here, or too long ago', '请求不是在此处发起的，或时间过久'],
  ['the answer was sent twice', '同一答复发送了两次'],
  ['somebody has this passkey already', '该通行密钥已被使用'],
  // Clients and machines.
  ['there is no client on it', '该实例上没有客户端'],
  ['its client is silent', '其客户端没有应答'],
  ['nothing was heard of it for too long', '过久没有联系'],
  ['the installation could not be begun', '安装无法开始'],
  ['its C library is not glibc (musl, perhaps)', '其 C 库不是 glibc（可能是 musl）'],
  ['its {library} is too old', '其 {library} 版本过低'],
  ['no route', '没有路由'],
  // The local policy.
  ['restores are switched off', '已关闭恢复'],
  ['upgrades by the server are switched off', '已关闭由服务器升级'],
  ['uninstalling by the server is switched off', '已关闭由服务器卸载'],
  ['the exclusion "{pattern}" leaves nothing to back up', '排除规则“{pattern}”会排除所有内容'],
  ['the source {path} steps out of its directory', '备份源 {path} 超出了其所在目录'],
  ['the source {path} is in none of the backup roots', '备份源 {path} 不在允许备份的目录中'],
  [
    'files are not replaced at their original places; restore into another directory, or keep what is there',
    '不允许在原位置替换文件；请恢复到其他目录，或保留现有文件',
  ],
  ['the target {path} steps out of its directory', '目标 {path} 超出了其所在目录'],
  ['the target {path} is in none of the restore roots', '目标 {path} 不在允许恢复的目录中'],
  ['nothing is restored into {path}', '不允许恢复到 {path}'],
  ['a restore may not go into {path}', '不允许恢复到 {path}'],
  ['{path} is no place that it lets a restore write to', '{path} 不是允许恢复写入的位置'],
  ['the hook "{hook}" is not run: {problem}', '不会执行脚本“{hook}”：{problem}'],
  // Schedules.
  ['a cron text has at most {count} characters', 'cron 表达式最多 {count} 个字符'],
  [
    '"{text}" has {count} fields, not 5 (minute hour day month weekday)',
    '“{text}”有 {count} 个字段，应为 5 个（分 时 日 月 星期）',
  ],
  ['"{text}" never matches: no such date exists', '“{text}”永远不会匹配：没有这样的日期'],
  ['"{text}" steps by nothing', '“{text}”的步长为零'],
  ['"{text}" runs backwards', '“{text}”的范围前后颠倒'],
  [
    '"{text}" is not a time zone; use a name like Europe/Berlin or +08:00',
    '“{text}”不是时区，请使用 Asia/Shanghai 或 +08:00 这样的写法',
  ],
  ['"{text}" is not a date; write it as 2026-03-31', '“{text}”不是日期，请写成 2026-03-31'],
  ['"{text}" is not a time of day; write 05:00', '“{text}”不是时间，请写成 05:00'],
  // Messages.
  ['The server made an error; its log has the details.', '服务器出现内部错误，详情见服务器日志。'],
  // The server about itself.
  ['the catalog does not answer', '目录数据库没有响应'],
  ['the server is ending', '服务器正在停止'],
  // Channels.
  ['The channel is switched off.', '该告警渠道已停用。'],
]
