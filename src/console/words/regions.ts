/** Texts of the choice of a region, wherever it is. */
export const regionsEnglish = {
  region: 'Region',
  all: 'All regions',
}

export const regionsChinese: typeof regionsEnglish = {
  region: '地域',
  all: '全部地域',
}

export const regionsTexts = { en: regionsEnglish, zh: regionsChinese }
