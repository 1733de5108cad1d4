/**
 * Sentences that are in no catalogue, in English and in Chinese: warnings of plans and jobs. Facts are in braces; a newer
 * server or client may say more, which stays English.
 */

export type Phrases = readonly (readonly [english: string, chinese: string])[]

export const warningsChinese: Phrases = [
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
]
