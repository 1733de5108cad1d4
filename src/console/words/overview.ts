/** Texts of the overview. */
export const overviewEnglish = {
  backedUp: 'Instances with a backup',
  unBackedUp: 'Instances without a backup',
  capacity: 'Storage that is backed up',
  empty: 'No instance yet',
  emptyAbout: 'Add a machine: one line on it, and its first backup begins by itself.',
  add: 'Add instances',
}

export const overviewChinese: typeof overviewEnglish = {
  backedUp: '已备份实例',
  unBackedUp: '未备份实例',
  capacity: '已备份存储容量',
  empty: '还没有实例',
  emptyAbout: '添加一台机器：在其上执行一行命令，首次备份会自动开始。',
  add: '添加实例',
}
