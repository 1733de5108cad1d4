/** Texts of the overview. */
export const overviewEnglish = {
  about: 'What is protected, what needs somebody to look, and what was done last.',
  backedUp: 'Instances with a backup',
  unBackedUp: 'Instances without a backup',
  capacity: 'Disks of those with a backup',
  standing: 'Standing alerts',
  empty: 'No instance yet',
  emptyAbout: 'Add a machine: one line on it, and its first backup begins by itself.',
  add: 'Add instances',
  attention: 'Needs attention',
  calm: 'Nothing needs attention',
  calmAbout: 'No alert stands. What goes wrong is shown here until it is over.',
  allAlerts: 'All alerts',
  latest: 'Latest jobs',
  noJobs: 'No backup and no restore so far.',
  allJobs: 'All jobs',
  trend: 'Disks of instances with a backup, by day',
  trendFrom: (first: string, last: string, most: string) =>
    `From ${first} to ${last}; at most ${most}`,
  noTrend: 'The first day is metered after midnight; from then on a bar stands here for each.',
  metering: 'Metering',
  regions: 'By region',
  region: 'Region',
  quota: (used: string, left: string, billable: string) =>
    `Free quota of all regions: ${used} used, ${left} left. Billable: ${billable}.`,
}

export const overviewChinese: typeof overviewEnglish = {
  about: '受保护的实例、需要处理的问题和最近的任务。',
  backedUp: '已备份实例',
  unBackedUp: '未备份实例',
  capacity: '已备份实例的磁盘容量',
  standing: '未恢复的告警',
  empty: '还没有实例',
  emptyAbout: '添加一台机器：在其上执行一行命令，首次备份会自动开始。',
  add: '添加实例',
  attention: '需要处理',
  calm: '没有需要处理的问题',
  calmAbout: '当前没有告警。出现问题时会显示在这里，直到恢复为止。',
  allAlerts: '全部告警',
  latest: '最近任务',
  noJobs: '还没有备份或恢复任务。',
  allJobs: '全部任务',
  trend: '每日已备份实例的磁盘容量',
  trendFrom: (first, last, most) => `${first} 至 ${last}，最高 ${most}`,
  noTrend: '首日用量在午夜后计量，之后每天显示一根柱形。',
  metering: '计量计费',
  regions: '按地域',
  region: '地域',
  quota: (used, left, billable) =>
    `全部地域免费额度：已使用 ${used}，剩余 ${left}；计费部分 ${billable}。`,
}

export const overviewTexts = { en: overviewEnglish, zh: overviewChinese }
