// What may be shown, by bytes alone (A18).
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { imageMediaOf, textOf } from './preview-content.ts'

const bytes = (latin: string) => Buffer.from(latin, 'latin1')

test('an image is known by its first bytes, never by its name (A18)', () => {
  const known = {
    '\x89PNG\r\n\x1a\n\0\0\0\rIHDR': 'image/png',
    '\xff\xd8\xff\xe0\0\x10JFIF': 'image/jpeg',
    GIF87a: 'image/gif',
    'GIF89a/*<script>alert(1)</script>': 'image/gif',
    'RIFF\x10\0\0\0WEBPVP8 ': 'image/webp',
  }
  for (const [start, media] of Object.entries(known)) equal(imageMediaOf(bytes(start)), media)
  const none = [
    '',
    'GIF',
    'RIFF\x10\0\0\0WAVE',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '<html>',
    ' GIF89a',
    '%PDF-1.7',
    'BM\0\0\0\0',
  ]
  for (const start of none) equal(imageMediaOf(bytes(start)), undefined)
})

test('text is UTF-8 without bytes that no text has', () => {
  const isCut = false
  equal(
    textOf(Buffer.from('Größe 照片\r\n\t\x1b[31mred'), { isCut }),
    'Größe 照片\r\n\t\x1b[31mred',
  )
  equal(textOf(new Uint8Array(), { isCut }), '')
  equal(textOf(Buffer.from('\ufeffmarked'), { isCut }), '\ufeffmarked')
  const none = ['caf\xe9', 'a\0b', '\x7fELF', '\xff\xfea\0', '\xed\xa0\x80', 'a\x08']
  for (const latin of none) equal(textOf(bytes(latin), { isCut }), undefined)
})

test('a text that is cut ends before the character that is cut; a whole one may not end in a part of one', () => {
  const text = Buffer.from('a照')
  deepEqual(
    [1, 2, 3, 4].map((length) => textOf(text.subarray(0, length), { isCut: true })),
    ['a', 'a', 'a', 'a照'],
  )
  equal(textOf(text.subarray(0, 3), { isCut: false }), undefined)
})
