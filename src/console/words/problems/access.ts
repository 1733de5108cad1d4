/** Chinese for the errors of signing in, rights, set-up and the keys of the server. */
import type { Said } from './said.ts'

export const accessChinese = {
  'auth.required': {
    says: '您尚未登录。',
    advise: '请登录，或使用 API 令牌调用。',
  },
  'auth.refused': {
    says: '登录信息不正确。',
    advise: '请检查后重试；账号管理员可以为您重新设置。',
  },
  'auth.second-factor-needed': {
    says: '还需要输入动态验证码。',
    advise: '请通过 `oneTimeCode` 提交验证码。',
  },
  'auth.forbidden': {
    says: '角色“{role}”无权执行此操作。',
    advise: '请联系账号的所有者或管理员。',
  },
  'auth.scope-missing': {
    says: 'API 令牌缺少权限范围“{scope}”。',
    advise: '请创建包含该权限范围的令牌。',
  },
  'auth.csrf': {
    says: '请求头 Holdfast-Csrf 缺失或不正确。',
    advise: '请重新登录。',
  },
  'auth.cross-site': {
    says: '该请求来自其他网站的页面。',
    advise: '请通过本服务器的地址打开控制台，或使用 API 令牌。',
  },
  'auth.too-many-attempts': {
    says: '失败次数过多。',
    advise: '请在 {seconds} 秒后重试。',
  },
  'auth.password-refused': {
    says: '该密码不符合要求：{problem}。',
    advise: '请使用更长的密码，最好由几个互不相关的词组成。',
  },
  'auth.role-above-own': {
    says: '您的角色是“{role}”，不能创建或修改角色为“{other}”的用户。',
    advise: '请联系账号的所有者。',
  },
  'auth.own-user': {
    says: '不能对自己的用户执行此操作。',
    advise: '自己的密码可在“设置”中修改；其他操作请联系另一位管理员。',
  },
  'auth.last-owner': {
    says: '这是该账号最后一个可以登录的所有者。',
    advise: '请先添加另一位所有者。',
  },
  'auth.second-factor-set': {
    says: '两步验证已经开启。',
    advise: '请先用密码将其关闭；如果设备已丢失，请联系管理员。',
  },
  'auth.second-factor-not-begun': {
    says: '没有待确认的两步验证，或生成时间过久。',
    advise: '请重新生成。',
  },
  'auth.passkeys-need-a-name': {
    says: '本服务器通过 {address} 访问，而通行密钥需要域名。',
    advise: '请为服务器设置域名：在服务器配置中填写 `address`，并通过该域名打开控制台。',
  },
  'auth.passkey-refused': {
    says: '通行密钥未能创建：{problem}。',
    advise: '请通过服务器的地址打开控制台，然后重新开始。',
  },
  'setup.done': {
    says: '本服务器已有第一个管理员。',
    advise: '请直接登录。',
  },
  'setup.code-refused': {
    says: '这不是服务器输出的设置码。',
    advise: '请查看 `holdfast server` 的输出；在使用之前，每次启动都会输出新的设置码。',
  },
  'certificate.refused': {
    says: '该{what}无法使用：{problem}。',
    advise: '证书和密钥须为 PEM 格式；客户端的密钥须为 P-256 曲线上的 ECDSA。',
  },
  'server-keys.refused': {
    says: '服务器的密钥文件 {file} 无法使用：{problem}。',
    advise: '请放回正确的文件，并确保只有服务器可以读取；系统没有生成或更改任何内容。',
  },
  'server-keys.missing': {
    says: '本服务器已有数据，但 {folder} 的密钥中没有 {file}。',
    advise: '请从副本中放回密钥文件夹；没有主密钥，由它加密的一切都无法打开。',
  },
  'server-keys.other': {
    says: '该内容由主密钥 {key} 封存，而本服务器没有这个主密钥。',
    advise: '请将该密钥放回其他密钥旁边，或填入 HOLDFAST_MASTER_KEY。',
  },
  'server-keys.damaged': {
    says: '由主密钥封存的内容无法打开：{problem}。',
    advise: '目录数据库中的内容已被改动，请用其备份恢复目录数据库。',
  },
} satisfies Readonly<Record<string, Said>>
