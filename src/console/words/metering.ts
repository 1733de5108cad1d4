/** Texts of metering: what was used on which day, what it costs, and what it would cost. */
import type { Bill } from '#contract'

type Item = Bill['parts'][number]['item']

const itemsEnglish: Readonly<Record<Item, { readonly name: string; readonly means: string }>> = {
  ESSENTIAL_CAPACITY: {
    name: 'Essential capacity',
    means: 'Block storage of machines that have at least one version, each day.',
  },
  CLIENTS: { name: 'Clients', means: 'Machines with backup data of policies, each day.' },
  STORAGE_LRS: {
    name: 'Storage, one location',
    means: 'What policies store, deduplicated and compressed, each day.',
  },
  STORAGE_ZRS: {
    name: 'Storage, several locations',
    means: 'What policies store in vaults of several locations, each day.',
  },
  MIRROR_STORAGE_LRS: {
    name: 'Mirrors, one location',
    means: 'What mirrors store, each day.',
  },
  MIRROR_STORAGE_ZRS: {
    name: 'Mirrors, several locations',
    means: 'What mirrors of several locations store, each day.',
  },
  MIRROR_TRAFFIC: { name: 'Mirror traffic', means: 'What mirrors fetched from other regions.' },
  RESTORE_TRAFFIC: {
    name: 'Restore traffic',
    means: 'What was restored over the public endpoint; other restores are free.',
  },
}

export const meteringEnglish = {
  title: 'Metering',
  about: 'What is used each day, what is free, and what it costs.',
  csv: 'Download as CSV',
  range: 'Time',
  ranges: { last30: 'Last 30 days', month: 'This month', lastMonth: 'Last month' },
  own: 'Own range',
  from: 'First day',
  until: 'Last day',
  wrongRange: 'The last day is before the first.',
  empty: 'No day is metered yet',
  emptyAbout:
    'Metering begins with the first backup version, and each day is counted when it is over.',
  emptyRange: 'No metered day in this time',
  emptyRangeAbout: 'Choose another time.',
  toInstances: 'To the instances',
  items: itemsEnglish,
  item: 'Item',
  chart: {
    title: 'By day',
    label: (item: string, first: string, last: string, max: string) =>
      `${item} from ${first} to ${last}, at most ${max}`,
    free: 'Free',
    billable: 'Billable',
    used: 'Used',
  },
  days: {
    title: 'Days',
    date: 'Day',
    capacity: 'Essential capacity',
    free: 'Free',
    billable: 'Billable',
    instances: 'Machines',
    others: 'Other items',
  },
  day: {
    parts: 'What it is made of',
    machine: 'Machine',
    remaining: 'Free quota left',
    capacity: 'Capacity',
    measured: 'Measured at',
    none: 'No machine had a version on this day.',
  },
  bill: {
    title: (days: string) => `Cost of ${days} metered days`,
    none: 'Nothing was used in this time.',
    noPrice: 'No price is set for what was used: it costs nothing.',
    used: 'Used',
    free: 'Free quota',
    prepaid: 'Prepaid',
    charged: 'Charged',
    amount: 'Amount',
    total: 'Total',
  },
  estimate: {
    title: 'What it would cost',
    about: (days: string) => `${days} days like today, by the prices of now.`,
    more: 'With more block storage, in GiB',
    moreAbout: 'Such as machines that are not protected yet',
    days: 'Days',
  },
  units: {
    byteDays: (bytes: string) => `${bytes}·days`,
    clients: (count: string) => `${count} clients`,
    clientDays: (count: string) => `${count} client·days`,
  },
}

export const meteringChinese: typeof meteringEnglish = {
  title: '计量计费',
  about: '每天的用量、免费部分以及费用。',
  csv: '下载 CSV',
  range: '时间',
  ranges: { last30: '最近 30 天', month: '本月', lastMonth: '上月' },
  own: '自定义',
  from: '开始日期',
  until: '结束日期',
  wrongRange: '结束日期早于开始日期。',
  empty: '还没有计量数据',
  emptyAbout: '计量从第一个备份版本开始，每天结束后统计当天用量。',
  emptyRange: '此时间段内没有计量数据',
  emptyRangeAbout: '请选择其他时间段。',
  toInstances: '查看实例',
  items: {
    ESSENTIAL_CAPACITY: {
      name: '基础备份容量',
      means: '每天至少有一个备份版本的实例所挂载块存储的总容量。',
    },
    CLIENTS: { name: '客户端数量', means: '每天有策略备份数据的实例数。' },
    STORAGE_LRS: { name: '存储容量（本地冗余）', means: '每天策略备份在去重和压缩后的存储量。' },
    STORAGE_ZRS: { name: '存储容量（同城冗余）', means: '每天同城冗余备份库中策略备份的存储量。' },
    MIRROR_STORAGE_LRS: { name: '镜像存储（本地冗余）', means: '每天镜像库的存储量。' },
    MIRROR_STORAGE_ZRS: { name: '镜像存储（同城冗余）', means: '每天同城冗余镜像库的存储量。' },
    MIRROR_TRAFFIC: { name: '跨地域复制流量', means: '镜像库从其他地域拉取的数据量。' },
    RESTORE_TRAFFIC: {
      name: '恢复流量',
      means: '通过公网接入点恢复的数据量；其他恢复不收费。',
    },
  },
  item: '计量项',
  chart: {
    title: '每日用量',
    label: (item, first, last, max) => `${item}，${first} 至 ${last}，最高 ${max}`,
    free: '免费',
    billable: '计费',
    used: '用量',
  },
  days: {
    title: '每日明细',
    date: '日期',
    capacity: '基础备份容量',
    free: '免费',
    billable: '计费',
    instances: '实例数',
    others: '其他计量项',
  },
  day: {
    parts: '构成',
    machine: '实例',
    remaining: '剩余免费额度',
    capacity: '容量',
    measured: '测量时间',
    none: '当天没有任何实例有备份版本。',
  },
  bill: {
    title: (days) => `${days} 个计量日的费用`,
    none: '此时间段内没有用量。',
    noPrice: '所用计量项没有设置价格：不产生费用。',
    used: '用量',
    free: '免费额度',
    prepaid: '资源包抵扣',
    charged: '计费用量',
    amount: '金额',
    total: '合计',
  },
  estimate: {
    title: '费用估算',
    about: (days) => `按今天的用量和当前价格估算 ${days} 天。`,
    more: '增加的块存储容量（GiB）',
    moreAbout: '例如尚未保护的实例',
    days: '天数',
  },
  units: {
    byteDays: (bytes) => `${bytes}·天`,
    clients: (count) => `${count} 个客户端`,
    clientDays: (count) => `${count} 个客户端·天`,
  },
}

export const meteringTexts = { en: meteringEnglish, zh: meteringChinese }
