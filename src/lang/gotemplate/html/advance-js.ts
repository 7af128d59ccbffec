import type { Context } from './context.ts'

interface Piece {
  readonly context: Context
  readonly end: number
  readonly output: string
}

/** Goes over JavaScript: strings, regular expressions, template literals, and comments, which are left out. */
export function advanceJs(start: Context, text: string): { context: Context; output: string } {
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
    case 'jsDouble':
      return inQuotes(context, text, at, '"')
    case 'jsSingle':
      return inQuotes(context, text, at, "'")
    case 'jsTemplate':
      return inQuotes(context, text, at, '`')
    case 'jsRegexp':
      return inRegexp(context, text, at)
    case 'jsBlockComment': {
      const close = text.indexOf('*/', at)
      if (close < 0) return { context, end: text.length, output: '' }
      return { context: { ...context, state: 'js' }, end: close + 2, output: ' ' }
    }
    case 'jsLineComment': {
      const close = text.slice(at).search(/[\n\r\u2028\u2029]/)
      if (close < 0) return { context, end: text.length, output: '' }
      return { context: { ...context, state: 'js' }, end: at + close, output: '' }
    }
    default:
      return inJs(context, text, at)
  }
}

function inJs(context: Context, text: string, at: number): Piece {
  const offset = text.slice(at).search(/["'`/]|<!--|-->|#!/)
  if (offset < 0) {
    const rest = text.slice(at)
    return {
      context: { ...context, slash: slashAfter(rest, context) },
      end: text.length,
      output: rest,
    }
  }
  const open = at + offset
  const before = text.slice(at, open)
  const slash = slashAfter(before, context)
  const char = text[open]
  if (char === '<' || char === '-' || char === '#' || text.startsWith('//', open)) {
    return { context: { ...context, state: 'jsLineComment', slash }, end: open + 2, output: before }
  }
  if (text.startsWith('/*', open)) {
    return {
      context: { ...context, state: 'jsBlockComment', slash },
      end: open + 2,
      output: before,
    }
  }
  const output = before + char
  const end = open + 1
  if (char === '"') return { context: { ...context, state: 'jsDouble' }, end, output }
  if (char === "'") return { context: { ...context, state: 'jsSingle' }, end, output }
  if (char === '`') return { context: { ...context, state: 'jsTemplate' }, end, output }
  switch (slash) {
    case 'regexp':
      return { context: { ...context, state: 'jsRegexp' }, end, output }
    case 'divide':
      return { context: { ...context, slash: 'regexp' }, end, output }
    case 'unknown':
      throw new Error(
        `'/' could start a division or regexp: ${JSON.stringify(text.slice(open, open + 20))}`,
      )
    default:
      return slash satisfies never
  }
}

const BEFORE_REGEXP =
  /(?:^|[^\w$])(?:break|case|continue|delete|do|else|finally|in|instanceof|return|throw|try|typeof|void)$/

/** Whether a slash behind this code begins a regular expression: behind an operator it does, behind a value it divides. */
function slashAfter(code: string, context: Context): Context['slash'] {
  const trimmed = code.trimEnd()
  if (trimmed === '') return context.slash
  if (/(?:^|[^+])(?:\+\+)+$|(?:^|[^-])(?:--)+$/.test(trimmed)) return 'divide'
  if (BEFORE_REGEXP.test(trimmed)) return 'regexp'
  if (trimmed.endsWith('.')) return /[0-9]\.$/.test(trimmed) ? 'divide' : 'regexp'
  return /[\w$)\]}\u0080-\uffff]$/.test(trimmed) ? 'divide' : 'regexp'
}

function inQuotes(context: Context, text: string, at: number, quote: string): Piece {
  for (let i = at; i < text.length; i++) {
    if (text[i] === '\\') {
      if (i + 1 === text.length) throw new Error('unfinished escape sequence in JS string')
      i++
    } else if (quote === '`' && text.startsWith('${', i)) {
      throw new Error('an expression in a JS template literal cannot be judged')
    } else if (text[i] === quote) {
      const after: Context = { ...context, state: 'js', slash: 'divide' }
      return { context: after, end: i + 1, output: text.slice(at, i + 1) }
    }
  }
  return { context, end: text.length, output: text.slice(at) }
}

function inRegexp(context: Context, text: string, at: number): Piece {
  let isInClass = false
  for (let i = at; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') {
      if (i + 1 === text.length) throw new Error('unfinished escape sequence in JS regexp')
      i++
    } else if (char === '[') isInClass = true
    else if (char === ']') isInClass = false
    else if (char === '/' && !isInClass) {
      const after: Context = { ...context, state: 'js', slash: 'divide' }
      return { context: after, end: i + 1, output: text.slice(at, i + 1) }
    }
  }
  if (isInClass) throw new Error('unfinished JS regexp charset')
  return { context, end: text.length, output: text.slice(at) }
}
