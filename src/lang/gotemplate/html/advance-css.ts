import type { Context } from './context.ts'

interface Piece {
  readonly context: Context
  readonly end: number
  readonly output: string
}

/** Goes over CSS: strings, addresses in `url(…)`, and comments, which are left out. */
export function advanceCss(start: Context, text: string): { context: Context; output: string } {
  let context = start
  let output = ''
  let at = 0
  while (at < text.length) {
    const piece = step(context, text, at)
    context = piece.context
    output += piece.output
    at = piece.end
  }
  return { context, output }
}

function step(context: Context, text: string, at: number): Piece {
  switch (context.state) {
    case 'css':
      return inCss(context, text, at)
    case 'cssBlockComment': {
      const close = text.indexOf('*/', at)
      if (close < 0) return { context, end: text.length, output: '' }
      return { context: { ...context, state: 'css' }, end: close + 2, output: ' ' }
    }
    case 'cssDouble':
      return inString(context, text, at, '"')
    case 'cssSingle':
      return inString(context, text, at, "'")
    default:
      return inUrl(context, text, at)
  }
}

const OPENERS = /\/\*|["']|url\([ \t\n\r\f]*["']?/gi

function inCss(context: Context, text: string, at: number): Piece {
  OPENERS.lastIndex = at
  const found = OPENERS.exec(text)
  if (!found) return { context, end: text.length, output: text.slice(at) }
  const end = OPENERS.lastIndex
  const [opener] = found
  if (opener === '/*') {
    const before = text.slice(at, found.index)
    return { context: { ...context, state: 'cssBlockComment' }, end, output: before }
  }
  const output = text.slice(at, end)
  const quote = opener.at(-1)
  if (quote === '"')
    return { context: { ...context, state: 'cssDouble', urlPart: 'none' }, end, output }
  if (quote === "'")
    return { context: { ...context, state: 'cssSingle', urlPart: 'none' }, end, output }
  return { context: { ...context, state: 'cssUrl', urlPart: 'none' }, end, output }
}

function inString(context: Context, text: string, at: number, quote: string): Piece {
  for (let i = at; i < text.length; i++) {
    if (text[i] === '\\') {
      if (i + 1 === text.length) throw new Error('unfinished escape sequence in CSS string')
      i++
    } else if (text[i] === quote) {
      const after: Context = { ...context, state: 'css', urlPart: 'none' }
      return { context: after, end: i + 1, output: text.slice(at, i + 1) }
    }
  }
  return {
    context: afterUrlText(context, text.slice(at)),
    end: text.length,
    output: text.slice(at),
  }
}

function inUrl(context: Context, text: string, at: number): Piece {
  const close = text.indexOf(')', at)
  if (close < 0) {
    const rest = text.slice(at)
    return { context: afterUrlText(context, rest), end: text.length, output: rest }
  }
  const after: Context = { ...context, state: 'css', urlPart: 'none' }
  return { context: after, end: close + 1, output: text.slice(at, close + 1) }
}

function afterUrlText(context: Context, text: string): Context {
  if (/[?#]/.test(text)) return { ...context, urlPart: 'query' }
  if (context.urlPart === 'none' && text.trim() !== '') return { ...context, urlPart: 'path' }
  return context
}
