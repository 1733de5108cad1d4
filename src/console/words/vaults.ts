/** Texts of vaults: what they are, what their lock keeps, and what can be done with them. */
import type { LockTier } from '#contract'
import { vaultPointsChinese, vaultPointsEnglish } from './vault-points.ts'

/** In English the server's own sentence is shown; these say the same and nothing stronger (reliability 5.3). */
const tierChinese: Readonly<Record<LockTier, string>> = {
  T0: '本产品的任何账号都不能删除已锁定的内容；但管理主机或存储的人仍然可以删除。',
  T1: '本产品的任何账号和备份服务的任何管理员都不能删除已锁定的内容；但备份库所在主机的本地 root 仍然可以删除。',
  T2: '在保留期结束之前，任何账号以任何方式都不能删除已锁定的内容，由存储强制保证。',
  T3: '在保留期结束之前，任何账号以任何方式都不能删除已锁定的内容；内容由管理员互不重叠的两个备份库保存。',
}

export const vaultsEnglish = {
  title: 'Vaults',
  about: 'Where backups are kept: deduplicated, encrypted and locked.',
  essential: 'Made by Essential backup; its points are locked until they expire.',
  searchHint: 'Name of a vault',
  emptyTitle: 'No vault yet',
  emptyAbout:
    'The first protected machine makes one by itself; make one of your own for a policy with other rules.',
  noMatchTitle: 'Nothing matches',
  noMatchAbout: 'No vault fits what you search for.',
  create: 'Create a vault',
  columns: {
    name: 'Name',
    lock: 'Lock',
    region: 'Region',
    instances: 'Instances',
    points: 'Points',
    source: 'Protected',
    stored: 'Stored',
    upkeep: 'Last upkeep',
  },
  mirror: 'Mirror',
  goes: 'Is being deleted',
  states: {
    INITIALIZING: 'Being made',
    CREATED: 'In order',
    ERROR: 'Failed',
    UNKNOWN: 'Does not answer',
  },
  unknown: 'The vault does not answer: what is shown is what was last known of it.',
  elsewhere: 'Another process uses this vault now; backups go there.',
  lock: {
    title: 'Lock',
    names: {
      off: 'Not locked',
      governed: 'Governed',
      pending: 'Being locked',
      compliance: 'Locked',
    },
    says: {
      off: 'Points can be deleted before their retention ends, unless they are on hold.',
      governed:
        'No point is removed before its retention ends. The lock can be raised further, and not be taken back here.',
      pending: 'The lock is being set; until it is, the setting can be taken back.',
      compliance:
        'No point is removed before its retention ends, and the lock cannot be taken back.',
    },
    tier: (tier: string) => `Tier ${tier}`,
    /** Undefined: the sentence that the server gives is shown as it is. */
    tiers: undefined as Readonly<Record<LockTier, string>> | undefined,
    points: (count: number) =>
      count === 1 ? '1 locked or held point' : `${count} locked or held points`,
    serverBackups: (count: number) =>
      count === 1
        ? '1 backup of the server itself is kept here too.'
        : `${count} backups of the server itself are kept here too.`,
    until: 'The last one until',
    pendingUntil: 'Can be taken back until',
    raise: 'Raise the lock',
  },
  sizes: {
    title: 'Size',
    source: 'Protected',
    sourceAbout: 'All files of all points, each counted whenever it is in a point.',
    sent: 'Sent',
    sentAbout: 'What of these points was new when they were made, after deduplication.',
    stored: 'Stored',
    storedAbout:
      'What the vault takes up, deduplicated, compressed and sealed, as its last upkeep counted it.',
    unmeasured: 'What is stored is counted at the next upkeep.',
    ratio: 'Protected to stored',
    quota: 'Quota',
    quotaUsed: (percent: string) => `${percent} used`,
  },
  upkeep: {
    title: 'Upkeep',
    about: 'Once a day ended points are removed and their space is freed.',
    done: 'Last done',
    due: 'Next',
    none: 'Not yet: the first upkeep is still to come.',
    problem: 'The last try failed:',
  },
  facts: {
    title: 'Details',
    region: 'Region',
    storage: 'Storage',
    redundancy: 'Redundancy',
    redundancies: { LRS: 'One location', ZRS: 'Several locations' },
    keyHolder: 'Encryption key',
    keyHolders: { managed: 'Kept by the server', client: 'Kept by the client only' },
    retention: 'Retention that is allowed',
    retentionOf: (min: number | undefined, max: number | undefined) => {
      if (min === undefined && max === undefined) return 'Any'
      if (max === undefined) return min === 1 ? 'At least 1 day' : `At least ${min} days`
      return min === undefined ? `At most ${max} days` : `${min} to ${max} days`
    },
    index: 'Search index',
    indexes: { off: 'Off', names: 'Names of files' },
    sharing: 'Deduplication before sending',
    share: 'Across machines: agents may learn whether others have the same content',
    shareNot: 'Within each machine only',
    tags: 'Tags',
    created: 'Created',
  },
  tabs: { points: 'Points', held: 'Holds', trash: 'Trash' },
  ...vaultPointsEnglish,
  form: {
    name: 'Name',
    nameHint: '1 to 64 characters',
    description: 'Description',
    region: 'Region',
    lock: 'Lock',
    locks: {
      off: 'None',
      governed: 'Governed',
      compliance: 'Locked for good',
    },
    lockAbout: {
      off: 'Points can be deleted before their retention ends.',
      governed: 'No point is deleted before its retention ends; the lock can be raised later.',
      compliance: 'No point is deleted before its retention ends, and this cannot be undone.',
    },
    sure: 'I know that this lock is never lowered and the vault stays until its points end',
    min: 'Shortest retention, in days',
    max: 'Longest retention, in days',
    any: 'Any',
    quota: 'Quota, in GiB',
    quotaHint: 'New backups stop when the vault holds this much',
    quotaEnds: 'New backups stop when the vault holds this much; empty: no quota any more',
    storage: 'Storage',
    onlyStorage: (name: string) =>
      `It is kept in the storage “${name}”, the only one of this server.`,
    none: 'None',
    index: 'Search names of files over all points',
    share: 'Let agents skip what other machines have sent already',
    shareAbout: 'Saves network; an agent may learn that another machine has the same content.',
    action: 'Create',
    created: 'The vault is made.',
    edit: 'Edit',
    editTitle: (name: string) => `Edit ${name}`,
    saved: 'Saved.',
  },
  raise: {
    title: (name: string) => `Raise the lock of ${name}`,
    to: 'New lock',
    covers: (count: number, until: string | undefined) => {
      const points = count === 1 ? 'The one point' : `All ${count} points`
      const last = until === undefined ? '' : `, the last on ${until}`
      return `${points} and every new one are locked until their retention ends${last}.`
    },
    coversNew: 'Every new point is locked until its retention ends.',
    nobody: 'No role, no API and no command of this product removes or shortens them before.',
    governed: 'The lock can be raised further, and not be taken back here.',
    compliance: 'The lock cannot be taken back, and covers the vault itself and its mirrors.',
    action: 'Raise the lock',
    done: 'The lock is raised.',
  },
  removal: {
    action: 'Delete the vault',
    title: (name: string) => `Delete ${name}`,
    points: (count: number) =>
      count === 1 ? '1 point is lost with it.' : `${count} points are lost with it.`,
    noPoints: 'There is nothing in it.',
    locked: (count: number) =>
      count === 1
        ? 'It cannot be deleted: 1 point in it is locked or held.'
        : `It cannot be deleted: ${count} points in it are locked or held.`,
    serverBackups: (count: number) =>
      count === 1
        ? 'It cannot be deleted yet: a backup of the server itself is locked in it.'
        : `It cannot be deleted yet: ${count} backups of the server itself are locked in it.`,
    lockedUntil: (at: string) => `The last of them ends ${at}.`,
    when: (at: string) => `It is deleted ${at}; until then it can be kept with one click.`,
    scheduled: 'The vault will be deleted.',
    due: (at: string) => `This vault is going to be deleted with all its points: ${at}.`,
    keep: 'Keep it',
    kept: 'The vault is kept.',
  },
}

export type VaultsWords = typeof vaultsEnglish

export const vaultsChinese: VaultsWords = {
  title: '备份库',
  about: '备份数据的存放位置：去重、加密并锁定。',
  essential: '由基础备份自动创建，其中的备份点在到期前保持锁定。',
  searchHint: '备份库名称',
  emptyTitle: '还没有备份库',
  emptyAbout: '保护第一台实例时会自动创建；如果策略需要不同的规则，可以自行创建备份库。',
  noMatchTitle: '没有匹配的结果',
  noMatchAbout: '没有符合搜索条件的备份库。',
  create: '创建备份库',
  columns: {
    name: '名称',
    lock: '锁定',
    region: '地域',
    instances: '实例数',
    points: '备份点',
    source: '受保护数据',
    stored: '实际存储',
    upkeep: '上次维护',
  },
  mirror: '镜像库',
  goes: '即将删除',
  states: { INITIALIZING: '创建中', CREATED: '正常', ERROR: '创建失败', UNKNOWN: '无响应' },
  unknown: '备份库没有响应：这里显示的是最后一次已知的情况。',
  elsewhere: '另一个进程正在使用此备份库，备份将写入那里。',
  lock: {
    title: '锁定',
    names: { off: '未锁定', governed: '受管锁定', pending: '锁定中', compliance: '已锁定' },
    says: {
      off: '备份点在保留期结束前可以被删除，被留置的除外。',
      governed: '任何备份点在保留期结束前都不会被删除。锁定级别可以继续提高，但不能在此撤回。',
      pending: '正在设置锁定；在生效之前可以撤回此设置。',
      compliance: '任何备份点在保留期结束前都不会被删除，并且锁定不可撤回。',
    },
    tier: (tier) => `${tier} 级`,
    tiers: tierChinese,
    points: (count) => `${count} 个备份点已锁定或留置`,
    serverBackups: (count) => `此外还保存着服务器自身的 ${count} 个备份。`,
    until: '最晚到期',
    pendingUntil: '可撤回的截止时间',
    raise: '提高锁定级别',
  },
  sizes: {
    title: '容量',
    source: '受保护数据',
    sourceAbout: '所有备份点中全部文件的大小，同一文件在每个备份点中各计一次。',
    sent: '已发送',
    sentAbout: '这些备份点创建时去重后的新增数据。',
    stored: '实际存储',
    storedAbout: '备份库占用的空间，已去重、压缩并加密，以上次维护时的统计为准。',
    unmeasured: '实际存储将在下次维护时统计。',
    ratio: '受保护数据与实际存储之比',
    quota: '配额',
    quotaUsed: (percent) => `已使用 ${percent}`,
  },
  upkeep: {
    title: '日常维护',
    about: '每天清理到期的备份点并释放空间。',
    done: '上次完成',
    due: '下次',
    none: '尚未进行：首次维护还未开始。',
    problem: '上次维护失败：',
  },
  facts: {
    title: '详细信息',
    region: '地域',
    storage: '存储位置',
    redundancy: '冗余方式',
    redundancies: { LRS: '本地冗余（单个位置）', ZRS: '同城冗余（多个位置）' },
    keyHolder: '加密密钥',
    keyHolders: { managed: '由服务器托管', client: '仅由客户端持有' },
    retention: '允许的保留时间',
    retentionOf: (min, max) => {
      if (min === undefined && max === undefined) return '不限'
      if (max === undefined) return `至少 ${min} 天`
      return min === undefined ? `至多 ${max} 天` : `${min} 至 ${max} 天`
    },
    index: '搜索索引',
    indexes: { off: '关闭', names: '文件名' },
    sharing: '源端去重',
    share: '跨实例：客户端可能得知其他实例是否存有相同内容',
    shareNot: '仅在每台实例内部',
    tags: '标签',
    created: '创建时间',
  },
  tabs: { points: '备份点', held: '留置', trash: '回收站' },
  ...vaultPointsChinese,
  form: {
    name: '名称',
    nameHint: '1 至 64 个字符',
    description: '描述',
    region: '地域',
    lock: '锁定',
    locks: {
      off: '不锁定',
      governed: '受管锁定',
      compliance: '永久锁定',
    },
    lockAbout: {
      off: '备份点在保留期结束前可以被删除。',
      governed: '备份点在保留期结束前不会被删除；之后可以提高锁定级别。',
      compliance: '备份点在保留期结束前不会被删除，且此设置不可撤销。',
    },
    sure: '我了解此锁定不能降低，备份库会一直保留到其中的备份点全部到期',
    min: '最短保留天数',
    max: '最长保留天数',
    any: '不限',
    quota: '配额（GiB）',
    quotaHint: '备份库达到此容量后不再接受新的备份',
    quotaEnds: '备份库达到此容量后不再接受新的备份；留空则取消配额',
    storage: '存储位置',
    onlyStorage: (name) => `备份库存放在“${name}”，这是此服务器唯一的存储位置。`,
    none: '无',
    index: '支持在所有备份点中搜索文件名',
    share: '允许客户端跳过其他实例已发送的内容',
    shareAbout: '可节省网络流量；但客户端可能得知其他实例存有相同内容。',
    action: '创建',
    created: '备份库已创建。',
    edit: '编辑',
    editTitle: (name) => `编辑 ${name}`,
    saved: '已保存。',
  },
  raise: {
    title: (name) => `提高 ${name} 的锁定级别`,
    to: '新的锁定级别',
    covers: (count, until) =>
      `全部 ${count} 个备份点以及之后新增的备份点都会锁定到保留期结束${until === undefined ? '' : `，最晚到 ${until}`}。`,
    coversNew: '之后新增的每个备份点都会锁定到保留期结束。',
    nobody: '在此之前，本产品的任何角色、API 或命令都不能删除或缩短它们。',
    governed: '锁定级别可以继续提高，但不能在此撤回。',
    compliance: '锁定不可撤回，并且覆盖备份库本身及其镜像库。',
    action: '提高锁定级别',
    done: '锁定级别已提高。',
  },
  removal: {
    action: '删除备份库',
    title: (name) => `删除 ${name}`,
    points: (count) => `其中的 ${count} 个备份点会随之丢失。`,
    noPoints: '其中没有任何内容。',
    locked: (count) => `不能删除：其中有 ${count} 个备份点已锁定或留置。`,
    serverBackups: (count) => `暂时不能删除：其中锁定着服务器自身的 ${count} 个备份。`,
    lockedUntil: (at) => `其中最晚的到期时间为 ${at}。`,
    when: (at) => `将于 ${at} 删除；在此之前可以一键保留。`,
    scheduled: '备份库将被删除。',
    due: (at) => `此备份库及其全部备份点将于 ${at} 删除。`,
    keep: '保留备份库',
    kept: '备份库已保留。',
  },
}

export const vaultsTexts = { en: vaultsEnglish, zh: vaultsChinese }
