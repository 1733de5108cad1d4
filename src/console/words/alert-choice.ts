/** Texts of the choice of who is told of the alerts of a machine or a vault. */
const english = {
  title: 'Alerts',
  who: 'Who is told of alerts',
  settings: {
    inherit: 'As its vault has it',
    account: 'All channels',
    custom: 'Only some channels',
    off: 'Nobody',
  },
  ofVault: (setting: string) => `Its vault has: ${setting}.`,
  ofInstances: 'Counts for instances that have no choice of their own.',
  inbox: 'The inbox gets every alert, whatever is chosen here.',
  channels: 'Channels',
  none: 'There is no channel yet. Add one on the page of the alerts.',
  needsOne: 'Choose at least one.',
  turnedOff: (name: string) => `${name} (turned off)`,
  allOff: 'What is chosen is turned off: only the inbox is told.',
  gone: 'All channels: those that were chosen were removed',
  only: (names: string) => `Only ${names}`,
}

const chinese: typeof english = {
  title: '告警',
  who: '告警通知对象',
  settings: {
    inherit: '沿用备份库的设置',
    account: '所有渠道',
    custom: '仅部分渠道',
    off: '不通知任何人',
  },
  ofVault: (setting) => `备份库的设置：${setting}。`,
  ofInstances: '适用于没有单独设置的实例。',
  inbox: '无论此处如何选择，收件箱都会收到所有告警。',
  channels: '渠道',
  none: '还没有渠道。请在告警页面添加。',
  needsOne: '请至少选择一个。',
  turnedOff: (name) => `${name}（已停用）`,
  allOff: '所选渠道均已停用：只有收件箱会收到告警。',
  gone: '所有渠道：原先选择的渠道已被移除',
  only: (names) => `仅${names}`,
}

export const alertChoiceTexts = { en: english, zh: chinese }
