/** Folders of running machines, asked of their agents. */
export { FolderQuestions } from './ask-folder.ts'
export { questionClearing } from './clear-questions.ts'
export { watchQuestions } from './watch-questions.ts'
