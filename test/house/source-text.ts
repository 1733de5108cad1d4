// Tells code, comments and strings of a TypeScript file apart without a compiler (TypeScript 7 has no
// API). Each part comes back with everything else blanked, so that positions and lines stay the same.

export type SourceText = { readonly code: string; readonly comments: string }

type Span = { readonly kind: 'code' | 'comment' | 'string'; readonly end: number }

export function splitSource(text: string): SourceText {
  let code = ''
  let comments = ''
  // How many braces are open in each template hole (`${…}`) that we are inside of.
  const holes: number[] = []
  for (let at = 0; at < text.length; ) {
    const span = spanAt(text, { at, code, holes })
    const piece = text.slice(at, span.end)
    const blank = piece.replace(/[^\n]/g, ' ')
    code += span.kind === 'code' ? piece : blank
    comments += span.kind === 'comment' ? piece : blank
    at = span.end
  }
  return { code, comments }
}

type Place = { readonly at: number; readonly code: string; readonly holes: number[] }

function spanAt(text: string, { at, code, holes }: Place): Span {
  const char = text[at]
  const two = text.slice(at, at + 2)
  if (two === '//') return { kind: 'comment', end: endOr(text.indexOf('\n', at), text) }
  if (two === '/*') return { kind: 'comment', end: after('*/', text, at + 2) }
  if (char === "'" || char === '"') return { kind: 'string', end: endOfString(text, at) }
  if (char === '`') return templatePiece(text, at + 1, holes)
  if (char === '/' && mayStartRegex(code)) return { kind: 'string', end: endOfRegex(text, at) }
  if (char === '{' || char === '}') return brace(text, at, holes)
  return { kind: 'code', end: at + 1 }
}

function brace(text: string, at: number, holes: number[]): Span {
  const open = holes.at(-1)
  if (open === undefined) return { kind: 'code', end: at + 1 }
  if (text[at] === '{') holes[holes.length - 1] = open + 1
  else if (open > 0) holes[holes.length - 1] = open - 1
  else {
    holes.pop()
    return templatePiece(text, at + 1, holes)
  }
  return { kind: 'code', end: at + 1 }
}

/** A template's text up to its end or up to the next hole, which is code again. */
function templatePiece(text: string, from: number, holes: number[]): Span {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '`') return { kind: 'string', end: at + 1 }
    else if (text.startsWith('${', at)) {
      holes.push(0)
      return { kind: 'string', end: at + 2 }
    }
  }
  return { kind: 'string', end: text.length }
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[from] || text[at] === '\n') return at + 1
  }
  return text.length
}

function endOfRegex(text: string, from: number): number {
  let inClass = false
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '\n' || (text[at] === '/' && !inClass)) return at + 1
  }
  return text.length
}

/** A slash divides after a value; anywhere else it starts a regular expression. */
function mayStartRegex(codeBefore: string): boolean {
  const before = codeBefore.slice(-200).trimEnd()
  return /(^|[=(,:;[!&|?{}+\-*%<>~^]|\b(return|typeof|case|of|in|yield|await))$/.test(before)
}

function after(mark: string, text: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? text.length : at + mark.length
}

function endOr(at: number, text: string): number {
  return at < 0 ? text.length : at
}
