/** Texts in place of a name. */
export const namesTexts = {
  en: {
    asking: '…',
    removed: (name: string) => `${name} (removed)`,
  },
  zh: {
    asking: '…',
    removed: (name: string) => `${name}（已删除）`,
  },
}
