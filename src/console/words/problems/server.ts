/** Chinese for the errors of the control server. */
import type { Said } from './said.ts'

export const serverChinese = {
  'request.invalid': {
    says: '请求在 {where} 处不符合要求：{problem}。',
    advise: '参见 docs/api/openapi.json。',
  },
  'request.too-large': {
    says: '请求超过 {limit} 字节。',
    advise: '请拆分后再发送。',
  },
  'request.too-slow': {
    says: '请求传输过慢，服务器不再等待其余部分。',
    advise: '请检查到服务器的网络，然后重新发送。',
  },
  'request.too-many': {
    says: '短时间内此类请求过多。',
    advise: '请在 {seconds} 秒后重试。',
  },
  'request.malformed': {
    says: '这不是合规的 HTTP 请求：{problem}。',
    advise: '请检查发送请求的程序，以及中间的代理。',
  },
  'route.not-found': {
    says: '没有接口 {method} {path}。',
    advise: '参见 docs/api/openapi.json。',
  },
  'record.not-found': {
    says: '没有可供您查看的{kind} {id}。',
    advise: '请检查 ID 和账号。',
  },
  'record.exists': {
    says: '已有名为 {name} 的{kind}。',
    advise: '请换一个名称。',
  },
  'record.changed': {
    says: '在此期间，其他人修改了{kind} {id}；没有执行任何操作。',
    advise: '请重新查看后再决定。',
  },
  'page.cursor-refused': {
    says: '该游标属于另一个查询。',
    advise: '请从第一页开始。',
  },
  'idempotency.mismatch': {
    says: '该 Idempotency-Key 已用于另一个请求。',
    advise: '新的请求请使用新的键。',
  },
  'idempotency.under-way': {
    says: '使用该 Idempotency-Key 的第一个请求还在处理中。',
    advise: '请稍后再试。',
  },
  'confirmation.wrong': {
    says: '确认内容与要求的不一致。',
    advise: '请重新查看将要执行的操作，它可能已有变化。没有执行任何操作。',
  },
  'activation.code-refused': {
    says: '该激活码不存在、已使用或已超过 15 分钟。',
    advise: '请重新生成。',
  },
  'agent.revoked': {
    says: '该客户端的身份已被吊销。',
    advise: '如果这是您的机器，请用新的激活码重新激活。',
  },
  'folder.superseded': {
    says: '在此期间又查询了同一实例的另一个文件夹，不再答复本次查询。',
    advise: '请使用较新请求的答复。',
  },
  'agent.unreachable': {
    says: 'AgentChannelUnavailable：服务器无法访问实例 {instance}：{problem}。',
    advise: '请检查其客户端是否在运行、SSH 是否可用，或在该机器上执行一行命令安装。',
  },
  'instance.not-found': {
    says: 'InstanceNotExists：没有可供您查看的实例 {instance}。',
    advise: '请检查 ID、地域和账号。',
  },
  'instance.not-running': {
    says: 'InstanceNotRunning：实例 {instance} 已停止或失联。',
    advise: '请启动该实例，或选择其他实例。',
  },
  'instance.unsupported': {
    says: '实例 {instance} 无法保护：{problem}。',
    advise: '参见 README 中的 "What it runs on"。',
  },
  'client.not-installed': {
    says: '实例 {instance} 上没有安装客户端。',
    advise: '请先激活。',
  },
  'client.seen-recently': {
    says: '{instance} 的客户端最近一次联系是 {seen}；一小时内有过联系的不能删除。',
    advise: '请先卸载客户端，或等待。',
  },
  'plan.other-method': {
    says: '实例 {instance} 已由{method}保护；一个实例同时只能采用一种方式。',
    advise: '请先取消或解绑，已有的备份点不受影响。',
  },
  'plan.skip-unconfirmed': {
    says: '如果设为 {time}，今天的备份将被跳过。',
    advise: '如果确实如此，请提交 `acceptSkip`。',
  },
  'plan.not-active': {
    says: '备份计划 {plan} 的状态是“{status}”。',
    advise: '请恢复该备份计划，或重新激活实例。',
  },
  'plan.vault-unlocked': {
    says: '备份库 {vault} 没有锁定备份点，而 Essential 备份的备份点始终是锁定的。',
    advise: '请先锁定该备份库、选择其他备份库，或由服务器选择。',
  },
  'policy.in-use': {
    says: '备份策略 {policy} 已绑定 {count} 个实例。',
    advise: '请先解绑。',
  },
  'binding.exists': {
    says: '实例 {instance} 已绑定备份策略 {policy}。',
    advise: '请修改该绑定。',
  },
  'job.under-way': {
    says: '该备份计划的任务 {job} 仍在执行。',
    advise: '请等待其结束，或取消该任务。',
  },
  'job.over': {
    says: '任务 {job} 已经是“{state}”。',
    advise: '无需再执行任何操作。',
  },
  'vault.locked': {
    says: '备份库 {vault} 中有 {count} 个锁定的备份点，最晚的锁定到 {until}。',
    advise: '到期之后才能删除；在此之前任何人都不能删除，这是有意的设计。',
  },
  'vault.in-use': {
    says: '仍有 {count} 个备份计划在写入备份库 {vault}。',
    advise: '请先取消这些计划，或将其改绑到其他备份库。',
  },
  'vault.lock-not-raised': {
    says: '备份库 {vault} 的锁定级别是“{from}”，只能提高，而“{to}”并不更高。',
    advise: '没有更改任何内容。',
  },
  'quota.exceeded': {
    says: '{quota}的上限 {limit} 已用完。',
    advise: '请提高上限，或等待较早的备份点到期。',
  },
  'session.unknown': {
    says: '会话 {session} 已结束。',
    advise: '请打开新的会话；已存储的内容不会重复发送。',
  },
  'session.refused': {
    says: '会话拒绝了发送的内容：{problem}。',
    advise: '这些内容没有存储。请升级客户端；如果仍然如此，请检查其所在的实例。',
  },
  'mail.not-configured': {
    says: '服务器没有配置发送邮件的邮件服务器。',
    advise: '请在服务器配置的 `mail` 部分填写，然后发送测试邮件。',
  },
  'mail.no-recipient': {
    says: '没有邮件收件人。',
    advise: '请填写账号联系人，或告警渠道的收件人。',
  },
  'mail.insecure': {
    says: '发往 {server} 的密码将以未加密的方式经过网络。',
    advise: '请使用 `tls` 或 `starttls`，或不使用用户名发送。',
  },
  'mail.refused': {
    says: '邮件服务器 {server} 拒绝：{problem}。',
    advise: '请检查发件人、收件人、用户名和密码。',
  },
  'mail.unavailable': {
    says: '邮件服务器 {server} 无法使用：{problem}。',
    advise: '请检查其名称、端口、证书和网络。',
  },
  'webhook.address-refused': {
    says: '不会向 {host} 发送消息：{problem}。',
    advise: 'Webhook 只发往公网地址；服务器配置可以按名称允许其他地址。',
  },
  'webhook.refused': {
    says: '接收方 {host} 返回 {answer}。',
    advise: '请检查告警渠道的地址和密钥；不会跟随重定向。',
  },
  'webhook.unavailable': {
    says: '接收方 {host} 没有应答：{problem}。',
    advise: '请检查其是否在运行，以及证书和网络。',
  },
  'server.not-ready': {
    says: '服务器正在启动或停止，或无法访问所需的服务。',
    advise: '请稍后再试；如果持续如此，原因见服务器日志。',
  },
  'server.catalog-lost': {
    says: '本服务器的目录数据库是空的，而其存储中有备份库（{vaults}）。',
    advise:
      '请用 `holdfast server recover-catalog` 从备份库重建。如果要新建服务器，请使用其他存储。',
  },
  'server.catalog-not-empty': {
    says: '目录数据库中已有账号，只能恢复到空的目录数据库。',
    advise: '如果要替换现有的目录数据库，请先将其移走。',
  },
  'server.nothing-to-recover': {
    says: '存储（{storages}）中没有备份库，密钥旁也没有导出文件。',
    advise: '请检查配置，并确认备份库所在的磁盘已挂载。',
  },
  'export.damaged': {
    says: '目录数据库的导出文件无法使用：{problem}。',
    advise: '较早的导出文件可能完好，恢复时会逐一尝试。',
  },
  'server.data-in-use': {
    says: '{data} 中的数据自 {since} 起由 {holder} 使用。',
    advise:
      '请使用正在运行的服务器，或先将其停止：两台服务器同时使用一个 SQLite 目录数据库会互相破坏。被强制结束的进程不再占用。多台服务器可共用 PostgreSQL 中的目录数据库。',
  },
  'server.address-unusable': {
    says: '服务器无法在 {address} 上监听：{problem}。',
    advise: '请用 --listen 或 HOLDFAST_SERVER_LISTEN 更换地址或端口，或结束占用它的程序。',
  },
  'server.certificate-unusable': {
    says: '证书 {certificate} 及其密钥 {key} 无法使用：{problem}。',
    advise:
      '请将带证书链的证书和与之对应的密钥放入这两个文件。正在运行的服务器会继续使用原有的证书和密钥。',
  },
  'server.busy': {
    says: '服务器同时处理的请求已达上限。',
    advise: '请在 {seconds} 秒后重试。',
  },
  'server.unreachable': {
    says: '服务器 {address} 没有应答：{problem}。',
    advise: '请检查地址、网络和服务器。',
  },
  'server.fault': {
    says: '服务器出现内部错误（{request}）。',
    advise: '详情见服务器日志中的该编号，请反馈此问题。',
  },
  'server.unknown-error': {
    says: '服务器返回了本程序无法识别的错误（{code}）：{problem}',
    advise: '请使用与服务器一致的版本。',
  },
} satisfies Readonly<Record<string, Said>>
