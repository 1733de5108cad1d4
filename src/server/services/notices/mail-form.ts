/** A message as mail: plain text, and the same as HTML in which every text is escaped (A18). No pictures, nothing to load. */
import type { NoticeLanguage } from '#contract'
import type { NoticeMessage } from './notice-message.ts'
import { messageLines } from './notice-message.ts'
import { wordsOf } from './notice-words.ts'

export type MailTexts = { readonly subject: string; readonly text: string; readonly html: string }

export function renderMail(message: NoticeMessage, language: NoticeLanguage): MailTexts {
  const words = wordsOf(language)
  const { labels } = words
  const level = words.levels[message.level]
  const link = message.link === undefined ? [] : ['', `${labels.look}: ${message.link}`]
  return {
    subject: `[Holdfast] ${level}: ${message.title}`,
    text: [
      message.title,
      '',
      ...messageLines(message, words),
      ...link,
      '',
      '-- ',
      labels.why,
      '',
    ].join('\n'),
    html: renderHtml(message, language, level),
  }
}

const colours = { notice: '#2563eb', warning: '#b45309', critical: '#b91c1c' } as const

function renderHtml(message: NoticeMessage, language: NoticeLanguage, level: string): string {
  const { labels } = wordsOf(language)
  const rows = message.details.map(
    ([label, value]) =>
      `<tr><td style="padding:2px 12px 2px 0;color:#666">${escaped(label)}</td><td>${escaped(value)}</td></tr>`,
  )
  const advice = message.advice.map((line) => `<li>${escaped(line)}</li>`)
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">`,
    '</head><body style="font:15px/1.5 sans-serif;max-width:40em;margin:0 auto;padding:12px">',
    `<p style="margin:0;color:${colours[message.level]};font-weight:bold">${escaped(level)}</p>`,
    `<h1 style="font-size:19px;margin:0 0 12px">${escaped(message.title)}</h1>`,
    ...message.happened.map((line) => `<p>${escaped(line)}</p>`),
    `<table style="font-size:14px;border-spacing:0">${rows.join('')}</table>`,
    ...(advice.length === 0
      ? []
      : [`<p><b>${escaped(labels.whatToDo)}</b></p><ul>${advice.join('')}</ul>`]),
    ...(message.link === undefined
      ? []
      : [`<p><a href="${escaped(message.link)}">${escaped(labels.look)}</a></p>`]),
    `<p style="font-size:12px;color:#666">${escaped(labels.why)}</p>`,
    '</body></html>',
  ].join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
