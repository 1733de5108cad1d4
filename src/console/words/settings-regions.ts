/** Texts of the regions of a server. */
export const settingsRegionsTexts = {
  en: {
    title: 'Regions',
    about: 'Places that machines and vaults are in. A restore stays in its region.',
    serverAddress: 'the address of the server',
    add: 'Add a region',
    edit: (name: string) => `Change ${name}`,
    id: 'Id',
    idHint: 'Lower-case letters, digits and hyphens, such as eu-north; it stays as it is',
    name: 'Name',
    description: 'Description',
    dataAddress: 'Address for data',
    dataHint:
      'Where machines of the region send their data, such as https://backup.example.com:8444; empty: the address of the server',
    added: (name: string) => `The region ${name} is there.`,
    saved: 'Saved.',
  },
  zh: {
    title: '地域',
    about: '实例和备份库所在的位置。恢复只能在同一地域内进行。',
    serverAddress: '与服务器地址相同',
    add: '添加地域',
    edit: (name: string) => `修改 ${name}`,
    id: 'ID',
    idHint: '小写字母、数字和连字符，例如 eu-north；创建后不可修改',
    name: '名称',
    description: '描述',
    dataAddress: '数据地址',
    dataHint:
      '该地域的实例发送数据的地址，例如 https://backup.example.com:8444；留空则与服务器地址相同',
    added: (name: string) => `已添加地域 ${name}。`,
    saved: '已保存。',
  },
}
