/** Chinese for the errors of points and of what is in them. */
import type { Said } from './said.ts'

export const pointChinese = {
  'point.not-found': {
    says: '没有备份点 {point}。',
    advise:
      '请查看 `holdfast points`；`latest:/etc` 是 /etc 最新的备份点，`tag:NAME` 是带有该标签的最新备份点。',
  },
  'point.ambiguous': {
    says: '{point} 对应 {count} 个备份点。',
    advise: '请给出更多位数，参见 `holdfast points`。',
  },
  'point.locked': {
    says: '备份点 {point} 已被备份库锁定，直到 {until}。',
    advise: '到期之后才能删除；在此之前任何人都不能删除，这是有意的设计。',
  },
  'point.held': {
    says: '备份点 {point} 已留置（{reason}）。',
    advise: '`holdfast release {point} --reason WHY` 可解除留置。',
  },
  'point.newest': {
    says: '备份点 {point} 是其备份源最新的备份点，或最新的完整备份点。',
    advise: '请先生成更新的备份点，或指定 --no-keep-newest。',
  },
  'point.not-held': {
    says: '备份点 {point} 没有留置。',
    advise: '没有需要解除的留置，参见 `holdfast points`。',
  },
  'point.trashed': {
    says: '备份点 {point} 在回收站中，它原有的保留要求没有改变。',
    advise: '`holdfast expire --undo {point}` 可将其取回。',
  },
  'point.not-trashed': {
    says: '备份点 {point} 不在回收站中。',
    advise: '没有需要取回的内容，参见 `holdfast points`。',
  },
  'point.retention-refused': {
    says: '保留时间只能延长：{point} 的保留期为 {until}。',
    advise: '请给出更长的时间，从备份点生成时算起。',
  },
  'retention.out-of-range': {
    says: '保留 {days} 超出了该备份库允许的范围（{min} 至 {max}）。',
    advise: '请选择范围内的保留时间。',
  },
  'path.not-found': {
    says: '{point} 中没有 {path}。',
    advise:
      '请查看 `holdfast ls`；`holdfast find` 可在所有备份点中查找。通过服务器时请使用 `holdfast browse` 和 `holdfast search`。',
  },
  'path.unread': {
    says: '备份点 {point} 中没有 {path}：生成备份点时无法读取它（{problem}）。',
    advise: '对该路径执行 `holdfast history`，可查看包含它的备份点。',
  },
  'search.pattern-refused': {
    says: '“{pattern}”不是有效的通配符。',
    advise:
      '请输入名称（例如 *.conf），或从根目录开始的路径（例如 /etc/**/hosts），不要有连续的斜杠。',
  },
  'preview.refused': {
    says: '{path} 无法预览：{problem}。',
    advise: '请下载后，用您信任的程序打开。',
  },
} satisfies Readonly<Record<string, Said>>
