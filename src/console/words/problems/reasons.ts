/**
 * What stands behind the colon of an error or is a whole note by itself, in English and in Chinese. Facts are in braces; a
 * newer server or client may say more, which stays English.
 */
import type { Phrases } from './warnings.ts'

export const reasonsChinese: Phrases = [
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
  // Sources, files and targets.
  ['it does not exist', '不存在'],
  ['it is not there', '不存在'],
  ['nothing of it could be read', '其中的内容都无法读取'],
  ['nothing matches it', '没有匹配的内容'],
  ['too much matches it', '匹配的内容过多'],
  ['more than {count} directories match it', '匹配的目录超过 {count} 个'],
  ['there is no local volume below it', '其下没有本地卷'],
  ['something else stands here than was listed', '此处的内容与列出时不同'],
  ['no such attribute', '没有该属性'],
  ['the file system is damaged', '文件系统已损坏'],
  ['the file system lost the file', '文件系统丢失了该文件'],
  ['the quota is used up', '配额已用完'],
  ['too many links on the way', '路径中的链接过多'],
  ['a link of somebody else is on the way', '路径中有属于其他用户的链接'],
  ['it is malformed', '格式不正确'],
  ['they are of more than one instance', '它们属于不止一个实例'],
  ['two of them are of the same volume', '其中有两个属于同一个卷'],
  // Previews.
  ['it is no file', '不是文件'],
  ['it is an image of more than {count} bytes', '图片超过 {count} 字节'],
  [
    'it is neither text in UTF-8 nor an image that is PNG, JPEG, GIF or WebP',
    '既不是 UTF-8 文本，也不是 PNG、JPEG、GIF 或 WebP 图片',
  ],
  // Hooks.
  ['it ended with {code}', '退出码为 {code}'],
  ['it was ended by {signal}', '被 {signal} 结束'],
  ['it did not end within {seconds} s', '未能在 {seconds} 秒内结束'],
  ['it could not be started: {problem}', '无法启动：{problem}'],
  ['it was not begun: the job was cancelled', '未开始：任务已取消'],
  ['the job was cancelled', '任务已取消'],
  // Upgrades of the client.
  ['it was not installed by the server', '不是由服务器安装的'],
  ['it is not signed by the key that came with this client', '没有用该客户端自带的密钥签名'],
  ['its version cannot be compared', '无法比较其版本'],
  ['it runs already', '已在运行该版本'],
  ['{version} is newer', '{version} 更新'],
  ['it is too large', '过大'],
  ['its bytes are not those that were signed', '内容与签名不符'],
  ['it never took the place of the old one', '一直没有取代旧版本'],
  ['it is older than the listing of folders', '版本过旧，不支持列出文件夹'],
  // Ways to machines and receivers.
  ['its client is gone', '其客户端已失联'],
  ['its client is being removed', '其客户端正在卸载'],
  ['its client has not answered within {seconds} s', '其客户端未能在 {seconds} 秒内应答'],
  ['no access over SSH was given', '没有提供 SSH 访问方式'],
  ['the connection was closed', '连接已关闭'],
  ['the connection broke', '连接中断'],
  ['it is no private key, or its passphrase is missing', '不是私钥，或缺少其口令'],
  ['an unexpected error', '意外错误'],
  ['it took too long', '耗时过长'],
  ['it was ended', '已结束'],
  ['it has no address', '没有地址'],
  ['it is no address of the web', '不是有效的网址'],
  ['the address holds a password', '地址中含有密码'],
]
