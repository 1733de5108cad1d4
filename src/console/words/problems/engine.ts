/** Chinese for the errors of vaults, storage, backup and restore. */
import type { Said } from './said.ts'

export const engineChinese = {
  'usage.invalid': {
    says: '{problem}',
    advise: '参见该命令的 --help。',
  },
  'file.exists': {
    says: '{path} 已存在。',
    advise: '没有覆盖任何内容。请指定一个尚不存在的文件。',
  },
  'file.unusable': {
    says: '文件 {path} 无法使用：{problem}。',
    advise: '请检查文件名和权限。',
  },
  'config.malformed': {
    says: '配置文件 {path} 不正确：{problem}。',
    advise: '请修正；示例见 docs/commands/README.md 的 "Config file"。',
  },
  'vault.not-found': {
    says: '{vault} 处没有备份库。',
    advise: '请检查 --vault 或 HOLDFAST_VAULT，或用 `holdfast init` 创建。',
  },
  'vault.unknown-name': {
    says: '没有备份库 {name}：配置文件中没有，这里也没有该文件夹。',
    advise: '配置文件中有：{known}。',
  },
  'vault.unnamed': {
    says: '没有指定备份库。',
    advise: '请使用 --vault NAME 或 --vault FOLDER、HOLDFAST_VAULT，或配置文件中的默认值。',
  },
  'vault.exists': {
    says: '{vault} 处已有备份库。',
    advise: '请直接使用，或选择其他位置。',
  },
  'vault.foreign': {
    says: '{vault} 不是空的，也不是 Holdfast 备份库（{found}）。',
    advise: '新备份库请选择空文件夹，或指定包含 `holdfast.json` 的文件夹。',
  },
  'vault.format-unknown': {
    says: '{object} 的格式版本是 {found}，本程序最高支持 {known}。',
    advise: '请使用更新的 Holdfast。没有更改任何内容。',
  },
  'vault.feature-unknown': {
    says: '该备份库需要功能“{feature}”，本程序不支持。',
    advise: '请使用更新的 Holdfast。没有更改任何内容。',
  },
  'vault.config-changed': {
    says: '备份库的配置被改动过：{problem}。没有执行任何操作。',
    advise:
      '请在文件 vault/config 中改回这些值，删除文件 copies/vault/config，然后执行 `holdfast repair --apply`。在此期间可以读取和恢复。',
  },
  'vault.leased': {
    says: '该备份库自 {since} 起由 {holder} 使用。',
    advise: '请等待该任务结束（--wait 1h 可自动等待），或将其结束。',
  },
  'vault.fenced': {
    says: '另一个进程接管了该备份库（epoch {found}，本进程为 {ours}）；没有提交任何内容。',
    advise: '请重新执行任务，已上传的内容会沿用。',
  },
  'vault.wrong-key': {
    says: '该备份库没有密钥槽能用这个{credential}打开。',
    advise: '请检查口令或密钥文件；`holdfast key list` 列出各密钥槽。',
  },
  'vault.last-slot': {
    says: '密钥槽 {slot} 不能删除：备份库至少要保留 {needed} 个验证过的密钥槽。',
    advise: '请先添加并验证另一个密钥槽（`holdfast key add`）。',
  },
  'vault.reverted': {
    says: '账本最新的记录已丢失，或账本被回退：备份点 {point} {problem}。没有执行任何操作。',
    advise:
      '如果还有 ledger/ 和 copies/ledger/ 中缺失的文件，请放回。如果没有，`holdfast repair --apply` 会重建账本并保留所有备份点。在此期间可以读取和恢复。',
  },
  'slot.not-found': {
    says: '没有密钥槽 {slot}。',
    advise: '参见 `holdfast key list`。',
  },
  'key.missing': {
    says: '该备份库需要口令或密钥文件。',
    advise:
      '请使用 --passphrase-file、--key-file、HOLDFAST_PASSPHRASE_FILE，或在终端中运行并按提示输入。',
  },
  'key.unreadable': {
    says: '无法读取{what} {path}：{problem}。',
    advise: '它由 {origin} 指定。',
  },
  'key.weak': {
    says: '{length} 个字符的口令可以被穷举出来。',
    advise: '请使用至少 {min} 个字符，最好是四五个随机的词。',
  },
  'key.malformed': {
    says: '这不是有效的{what}：{problem}。',
    advise: '请检查是否输错；恢复密钥的末尾有校验位。',
  },
  'schedule.invalid': {
    says: '{problem}',
    advise: '请修改备份时间；没有保存任何内容。',
  },
  'tariff.invalid': {
    says: '{problem}',
    advise: '请修改价格或资源包；没有保存任何内容。',
  },
  'source.unusable': {
    says: '备份源 {path} 无法备份：{problem}。',
    advise: '请检查路径和权限。',
  },
  'source.unreadable': {
    says: '无法读取 {path}：{problem}。',
    advise: '报告中已列出；请检查其权限或磁盘。',
  },
  'target.not-found': {
    says: 'TARGET_NOT_EXIST：文件夹 {path} 不存在，或不是文件夹。',
    advise: '请先创建该文件夹，或选择其他文件夹。',
  },
  'target.not-folder': {
    says: '{path} 不是文件夹。',
    advise: '请选择它所在的文件夹，或其他文件夹。',
  },
  'target.refused': {
    says: '无法写入 {path}：{problem}。',
    advise: '请检查目标的权限和剩余空间，然后重新执行恢复，会继续未完成的部分。',
  },
  'target.full': {
    says: '目标空间已满：{path}。',
    advise: '请释放空间后重新执行恢复，会继续未完成的部分。',
  },
  'name.hostile': {
    says: '不允许的条目名称 {name}（{problem}），没有恢复。',
    advise: '没有写入目标之外的任何位置。备份源含有恶意名称，或备份库已损坏。',
  },
  'object.damaged': {
    says: '{object} 已损坏：{problem}。',
    advise:
      '请执行 `holdfast repair --read-data --apply`；之后的备份会重新存储备份源中仍有的内容。',
  },
  'ledger.incomplete': {
    says: '无法读取备份库的账本：{problem}。',
    advise:
      '没有账本就不会做任何决定。请执行 `holdfast repair`：它会说明哪些可以修复，加上 --apply 即可修复。',
  },
  'object.missing': {
    says: '备份库中缺少 {object}。',
    advise: '请执行 `holdfast verify`；下一次备份会重新存储备份源中仍有的内容。',
  },
  'chunk.missing': {
    says: '有一段内容（{chunk}）不在备份库的任何数据包中。',
    advise: '请执行 `holdfast verify`；下一次备份会重新存储备份源中仍有的内容。',
  },
  'encode.mismatch': {
    says: '一个数据块在写入前的回读校验不一致（{problem}）。',
    advise: '没有存储错误的内容。请检测该机器的内存，然后重新备份。',
  },
  'tree.malformed': {
    says: '文件树的格式不正确：{problem}。',
    advise: '请执行 `holdfast verify`。',
  },
  'limit.exceeded': {
    says: '{what}超出上限 {limit}。',
    advise: '请拆分备份源或提高上限。',
  },
  'storage.denied': {
    says: '备份库的存储拒绝访问 {object}：{problem}。',
    advise: '请检查备份库文件夹的所有者和挂载方式。仍可读取和恢复，较早的备份点完好。',
  },
  'storage.full': {
    says: '备份库的存储空间已满（{object}）。',
    advise:
      '请释放空间，或执行 `holdfast expire` 和 `holdfast gc`，空间已满时也能执行；较早的备份点完好，已上传的内容会沿用。',
  },
  'storage.full-for-good': {
    says: '备份库的存储空间已满，预留空间也已用完（{object}）。',
    advise: '请在同一磁盘上、备份库之外释放几 MB，然后重新执行。不要删除备份库文件夹中的任何内容。',
  },
  'storage.unavailable': {
    says: '存储出错：{problem}（{object}）。',
    advise: '请检查磁盘或网络，然后重新执行任务；较早的备份点完好。',
  },
  'storage.exists': {
    says: '对象 {object} 已存在，但内容不同。',
    advise: '请执行 `holdfast verify --scrub`。',
  },
  'storage.broken': {
    says: '之前对存储的一次写入彻底失败（{problem}），本次执行不再写入。',
    advise: '请检查磁盘（dmesg），然后重新执行任务。',
  },
  'deletion.frozen': {
    says: '删除已冻结：{problem}。',
    advise: '没有删除任何内容。参见 docs/threat-model.md 的 "Trusted time"。',
  },
  'gc.refused': {
    says: '空间回收在删除任何内容之前已停止：{problem}。',
    advise: '请执行 `holdfast verify` 后重试。只要有疑问，就保留数据。',
  },
  'verify.failed': {
    says: '该备份库有 {count} 个问题，已在上面列出。',
    advise: '参见 docs/errors.md 的 "When verify finds something"。',
  },
  'job.transition-refused': {
    says: '任务不能从“{from}”变为“{to}”。',
    advise: '请重新查看该任务，它在此期间已有变化。',
  },
  'job.partial': {
    says: '{count} 个文件备份失败或在读取时发生变化；该备份点可用，并列出了这些文件。',
    advise: '参见上面的列表；`holdfast points {point}` 可再次查看。',
  },
  'restore.partial': {
    says: '所选内容中有 {count} 项无法取出，其余均已取出。',
    advise: '上面列出了这些内容和原因；再次执行同一命令会重试。',
  },
  'job.aborted': {
    says: '已中断。没有留下执行到一半的内容，备份库是干净的。',
    advise: '请再次执行同一命令；备份或恢复会从已完成的部分继续。',
  },
  'catalog.newer': {
    says: '目录数据库的版本是 {found}，本程序最高支持版本 {known}。',
    advise: '请使用更新的 Holdfast。没有更改任何内容。',
  },
  'catalog.busy': {
    says: '目录数据库正在使用：{problem}。',
    advise: '请重试。',
  },
  'catalog.unavailable': {
    says: '无法访问目录数据库：{problem}。',
    advise: '请检查数据库、其磁盘和连接；备份库中的备份完好。',
  },
  'catalog.damaged': {
    says: '目录数据库已损坏：{problem}。',
    advise: '请从备份库恢复或重建；备份库中的备份完好。',
  },
  'mount.unavailable': {
    says: '这里无法挂载：{problem}。',
    advise: '请安装 fuse3（fusermount3 命令），或使用 `holdfast dump` 和 `holdfast restore`。',
  },
  'mount.occupied': {
    says: '备份点无法显示在 {path}：{problem}。',
    advise: '请选择空文件夹，或新建一个。',
  },
  'system.unsupported': {
    says: '该系统不支持此操作：{problem}。',
    advise: '参见 README 中的 "What it runs on"。',
  },
} satisfies Readonly<Record<string, Said>>
