/** Texts of the choice of one machine. */
export const machinesEnglish = {
  none: 'No machine with a working client has this in its name or address.',
  noneYet: 'No machine has a working client.',
  more: 'There are more: type a part of the name or the address.',
  loading: 'Looking for machines…',
}

export const machinesChinese: typeof machinesEnglish = {
  none: '没有名称或地址包含该内容、且客户端正常的机器。',
  noneYet: '还没有客户端正常的机器。',
  more: '还有更多机器，请输入名称或地址的一部分查找。',
  loading: '正在查找机器…',
}
