/** Chinese for the errors of clients on their machines. */
import type { Said } from './said.ts'

export const agentChinese = {
  'agent.not-activated': {
    says: '本机尚未在任何服务器上注册。',
    advise: '请用控制台显示的命令 `holdfast agent activate` 激活。',
  },
  'activation.untrusted': {
    says: '{address} 的服务器没有得到本机信任的证书机构担保：{problem}。',
    advise:
      '请用 --fingerprint 给出服务器启动时输出的指纹，或复制控制台显示的整行命令。没有发送任何内容。',
  },
  'agent.state-unusable': {
    says: '{path} 中的客户端状态无法使用：{problem}。',
    advise: '请修正，或删除该文件夹后重新激活本机。',
  },
  'agent.policy-unusable': {
    says: '本地策略 {path} 无法使用：{problem}。',
    advise: '该文件必须属于 root，且其他人不可写；修正之前，客户端不会为服务器执行任何操作。',
  },
  'agent.policy-refused': {
    says: '该机器的本地策略不允许此操作：{problem}。',
    advise:
      '机器管理员可以在客户端的本地策略中允许：/etc/holdfast/agent.json，或启动客户端时指定的文件。',
  },
  'agent.cannot': {
    says: '该客户端无法执行：{problem}。',
    advise: '请升级客户端，或更换选择。',
  },
  'agent.busy': {
    says: '该客户端已有 {count} 个任务，达到上限。',
    advise: '请等待其中一些任务结束。',
  },
  'agent.fault': {
    says: '客户端出现内部错误：{problem}',
    advise: '详情见客户端日志，请反馈此问题。',
  },
  'agent.interrupted': {
    says: '该任务开始了 {tries} 次，都没有执行到底。',
    advise: '请查看客户端日志；下次执行会沿用已存储的内容。',
  },
  'hook.unknown': {
    says: '备份计划指定了脚本 {hook}，但该机器的本地策略中没有声明它。',
    advise:
      '没有读取任何数据。请在该机器的 /etc/holdfast/agent.json 的 "hooks" 中声明，或用 `holdfast plans hooks` 将其去掉。',
  },
  'hook.failed': {
    says: '脚本 {hook} 执行失败：{problem}。',
    advise: '没有读取任何数据。它最后的输出见任务的警告。',
  },
  'folder.unreadable': {
    says: '无法列出 {path} 中的文件夹：{problem}。',
    advise: '请检查其所在的磁盘或网络共享；也可以直接输入路径。',
  },
  'receipt.refused': {
    says: '服务器答复已保存 {source} 的备份，但其回执不可信：{problem}。',
    advise:
      '请不要依赖这次备份，并检查服务器：它可能被替换、改动或回退。在该机器上执行 `holdfast agent receipts` 可查看回执。如果服务器是有意回退或更换了密钥，请重新激活该机器。',
  },
  'link.untrusted': {
    says: '在 {address} 应答的不是激活本机时的那台服务器：{problem}。',
    advise: '没有发送任何内容。如果服务器是有意更换了证书，请重新激活本机。',
  },
  'upgrade.refused': {
    says: '客户端升级到 {version} 被拒绝：{problem}。',
    advise: '客户端保持原样。',
  },
  'upgrade.undone': {
    says: '客户端 {version} 运行不正常，已回退到之前的版本：{problem}。',
    advise: '请查看该机器上的客户端日志。',
  },
} satisfies Readonly<Record<string, Said>>
