/** Texts of tags, wherever they are typed. */
export const tagsEnglish = {
  label: 'Tags',
  hint: 'name=value, then Enter',
  bad: 'A tag is a name of at most 128 characters, with or without =value; at most 20 of them.',
}

export const tagsChinese: typeof tagsEnglish = {
  label: '标签',
  hint: '输入 键=值 后按回车',
  bad: '标签的键不超过 128 个字符，可带 =值；最多 20 个标签。',
}

export const tagsTexts = { en: tagsEnglish, zh: tagsChinese }
