/** Chinese for the errors of handing out the client and installing it over SSH. */
import type { Said } from './said.ts'

export const distributionChinese = {
  'client.builds-unusable': {
    says: '{path} 中的客户端安装包无法分发：{problem}。',
    advise: '请用 `npm run build:client` 重新生成，或让服务器使用包含安装包的文件夹。',
  },
  'client.install-failed': {
    says: '无法在 {instance} 上安装客户端：{problem}。',
    advise: '请按提示修正，然后重新激活该实例。重试是安全的。',
  },
  'push.unreachable': {
    says: '无法通过 SSH 连接 {address}：{problem}。',
    advise: '请检查地址、端口和防火墙。没有 SSH 时，请在该机器上使用激活码。',
  },
  'push.not-ssh': {
    says: '在 {address} 应答的不是 Holdfast 可以通信的 SSH 服务：{problem}。',
    advise: '请检查端口。Holdfast 需要采用现行算法的 SSH 2。',
  },
  'push.host-key-changed': {
    says: '{address} 出示的密钥是 {found}，预期为 {expected}。没有向其发送任何内容。',
    advise:
      '该机器可能已重装，也可能有人从中拦截。请与该机器上 `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` 的结果核对，然后修改访问设置。',
  },
  'push.key-unknown': {
    says: '服务器配置中没有名为 {name} 的 SSH 密钥。',
    advise: '请将其加入配置，或使用已有密钥的名称。',
  },
  'push.login-refused': {
    says: '{address} 不接受用户 {user} 使用该密钥或密码登录。',
    advise: '请将公钥加入该用户的 ~/.ssh/authorized_keys，或换用其他密钥或密码。',
  },
  'push.not-root': {
    says: '{user} 不是 {address} 上的 root，且不能免密码切换为 root。',
    advise: '请以 root 登录，或在安装客户端期间允许该用户免密码使用 `sudo`。',
  },
  'push.unsupported': {
    says: '{address} 不能运行客户端：{problem}。',
    advise: '需要 x86-64 或 ARM 的 64 位 Linux，且 glibc 不低于 2.28。',
  },
  'push.no-space': {
    says: '{address} 的 {folder} 剩余 {freeMib} MiB，需要 {neededMib} MiB。',
    advise: '请释放空间后重试。',
  },
  'push.no-way-back': {
    says: '{address} 无法访问服务器 {server}。',
    advise: '总是由客户端连接服务器，而不是相反：请开通网络，或在该机器上设置代理。',
  },
  'push.late': {
    says: '{address} 未能在 {seconds} 秒内完成“{step}”。',
    advise: '请检查该机器后重试；重试是安全的。',
  },
  'push.failed': {
    says: '在 {address} 上安装时，“{step}”失败：{problem}。',
    advise: '请按提示修正；重试是安全的。',
  },
} satisfies Readonly<Record<string, Said>>
