import { kindOfAttribute } from './attribute-kind.ts'
import { advanceCss } from './advance-css.ts'
import { advanceJs } from './advance-js.ts'
import type { Context, Element } from './context.ts'
import { startValue } from './context.ts'
import { decodeEntities } from './entities.ts'

/** What a piece of a template's text leads to: the context behind it, and the text without its comments. */
export interface Advanced {
  readonly context: Context
  readonly output: string
}

/** One step: the context behind it, where it ends, and what it wrote. */
interface Step {
  readonly context: Context
  readonly end: number
  readonly output: string
}

const SPACE = /[ \t\n\r\f]*/y
const TAG_NAME = /[a-zA-Z][a-zA-Z0-9:-]*/y
const ATTRIBUTE_NAME = /[^ \t\n\r\f=>'"<]*/y
const SPECIAL: Readonly<Record<string, Element>> = {
  script: 'script',
  style: 'style',
  textarea: 'textarea',
  title: 'title',
}

/** Goes over a piece of text, by the rules of HTML; throws an Error where the markup cannot be judged. */
export function advance(start: Context, text: string): Advanced {
  let context = start
  let output = ''
  let at = 0
  while (at < text.length) {
    const step = advanceOnce(context, text, at)
    context = step.context
    output += step.output
    at = step.end
  }
  return { context, output }
}

function advanceOnce(context: Context, text: string, at: number): Step {
  if (context.delimiter !== 'none') return inValue(context, text, at)
  switch (context.state) {
    case 'text':
      return inText(context, text, at)
    case 'htmlComment': {
      const close = text.indexOf('-->', at)
      if (close < 0) return { context, end: text.length, output: '' }
      return { context: { ...context, state: 'text' }, end: close + 3, output: '' }
    }
    case 'tag':
      return inTag(context, text, at)
    case 'attrName':
      return inName(context, text, at)
    case 'afterName': {
      const end = skipSpace(text, at)
      const output = text.slice(at, end)
      if (end === text.length) return { context, end, output }
      if (text[end] !== '=') return { context: { ...context, state: 'tag' }, end, output }
      return { context: { ...context, state: 'beforeValue' }, end: end + 1, output: `${output}=` }
    }
    case 'beforeValue':
      return beforeValue(context, text, at)
    default:
      return inElement(context, text, at)
  }
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}

function inText(context: Context, text: string, at: number): Step {
  const open = text.indexOf('<', at)
  if (open < 0) return { context, end: text.length, output: text.slice(at) }
  const before = text.slice(at, open)
  if (text.startsWith('<!--', open)) {
    return { context: { ...context, state: 'htmlComment' }, end: open + 4, output: before }
  }
  const isClosing = text[open + 1] === '/'
  TAG_NAME.lastIndex = open + (isClosing ? 2 : 1)
  const found = TAG_NAME.exec(text)
  if (found) {
    const end = TAG_NAME.lastIndex
    const element = isClosing ? 'none' : (SPECIAL[found[0].toLowerCase()] ?? 'none')
    return { context: { ...context, state: 'tag', element }, end, output: text.slice(at, end) }
  }
  const isDoctype = text.slice(open, open + 9).toLowerCase() === '<!doctype'
  // A lone `<` is text; written out, it cannot become a tag with what data puts behind it.
  return { context, end: open + 1, output: before + (isDoctype ? '<' : '&lt;') }
}

function inTag(context: Context, text: string, at: number): Step {
  const start = skipSpace(text, at)
  if (start === text.length) return { context, end: start, output: text.slice(at) }
  if (text[start] === '>') {
    return { context: contentOf(context), end: start + 1, output: text.slice(at, start + 1) }
  }
  const end = nameEnd(text, start)
  if (end === start) {
    throw new Error(
      `expected space, attr name, or end of tag, but got ${JSON.stringify(text.slice(start, start + 20))}`,
    )
  }
  const attribute = kindOfAttribute(text.slice(start, end))
  const state = end === text.length ? 'attrName' : 'afterName'
  return { context: { ...context, state, attribute }, end, output: text.slice(at, end) }
}

function nameEnd(text: string, start: number): number {
  ATTRIBUTE_NAME.lastIndex = start
  ATTRIBUTE_NAME.exec(text)
  const end = ATTRIBUTE_NAME.lastIndex
  const char = text[end]
  if (char === '"' || char === "'" || char === '<') {
    throw new Error(
      `${JSON.stringify(char)} in attribute name: ${JSON.stringify(text.slice(start, end + 20))}`,
    )
  }
  return end
}

/** The rest of a name that an action or the end of a piece of text interrupted. */
function inName(context: Context, text: string, at: number): Step {
  const end = nameEnd(text, at)
  // A name made of several pieces may be any attribute.
  const attribute = end > at ? 'unsafe' : context.attribute
  return {
    context: { ...context, state: 'afterName', attribute },
    end,
    output: text.slice(at, end),
  }
}

function contentOf(context: Context): Context {
  const { element } = context
  const base = { ...context, attribute: 'attr', urlPart: 'none', slash: 'regexp' } as const
  switch (element) {
    case 'script':
      return { ...base, state: 'js' }
    case 'style':
      return { ...base, state: 'css' }
    case 'textarea':
    case 'title':
      return { ...base, state: 'rcdata' }
    case 'none':
      return { ...base, state: 'text' }
    default:
      return element satisfies never
  }
}

function beforeValue(context: Context, text: string, at: number): Step {
  const start = skipSpace(text, at)
  const output = text.slice(at, start)
  const char = text[start]
  if (char === undefined) return { context, end: start, output }
  if (char === '"' || char === "'") {
    const delimiter = char === '"' ? 'double' : 'single'
    return { context: startValue(context, delimiter), end: start + 1, output: output + char }
  }
  return { context: startValue(context, 'space'), end: start, output }
}

const VALUE_ENDS = { double: /"/g, single: /'/g, space: /[ \t\n\r\f>]/g } as const

/** Inside of an attribute's value. What the value means is judged on its text with the entities decoded. */
function inValue(context: Context, text: string, at: number): Step {
  const { delimiter } = context
  if (delimiter === 'none') throw new Error('no attribute value')
  const pattern = VALUE_ENDS[delimiter]
  pattern.lastIndex = at
  const found = pattern.exec(text)
  const end = found ? found.index : text.length
  const value = text.slice(at, end)
  if (delimiter === 'space' && /["'<=`]/.test(value)) {
    throw new Error(
      `${JSON.stringify(/["'<=`]/.exec(value)?.[0])} in unquoted attr: ${JSON.stringify(value)}`,
    )
  }
  const inner = inMeaning(context, decodeEntities(value)).context
  if (!found) return { context: inner, end, output: value }
  const after: Context = {
    ...context,
    state: 'tag',
    delimiter: 'none',
    attribute: 'attr',
    urlPart: 'none',
    slash: 'regexp',
  }
  const isQuote = delimiter !== 'space'
  return { context: after, end: isQuote ? end + 1 : end, output: value + (isQuote ? found[0] : '') }
}

/** Goes over text whose language the state tells. */
function inMeaning(context: Context, text: string): Advanced {
  switch (context.state) {
    case 'url':
      return { context: { ...context, urlPart: urlPartAfter(context, text) }, output: text }
    case 'rcdata':
      // No tag begins here; written out, none can begin with what data puts behind it either.
      return { context, output: text.replaceAll('<', '&lt;') }
    case 'attr':
    case 'unsafe':
      return { context, output: text }
    default:
      return context.state.startsWith('css') ? advanceCss(context, text) : advanceJs(context, text)
  }
}

function urlPartAfter(context: Context, text: string): Context['urlPart'] {
  if (/[?#]/.test(text)) return 'query'
  if (context.urlPart === 'none' && text.trim() !== '') return 'path'
  return context.urlPart
}

/** The content of script, style, textarea and title goes to its closing tag, whatever else is in it. */
function inElement(context: Context, text: string, at: number): Step {
  const close = findClosingTag(text, at, context.element)
  const end = close < 0 ? text.length : close
  if (end > at) {
    const inner = inMeaning(context, text.slice(at, end))
    return { context: inner.context, end, output: inner.output }
  }
  const after: Context = {
    ...context,
    state: 'text',
    element: 'none',
    urlPart: 'none',
    slash: 'regexp',
  }
  // The tag itself is read as text again.
  return inText(after, text, at)
}

const CLOSING = {
  script: /<\/script(?=[ \t\n\r\f/>]|$)/gi,
  style: /<\/style(?=[ \t\n\r\f/>]|$)/gi,
  textarea: /<\/textarea(?=[ \t\n\r\f/>]|$)/gi,
  title: /<\/title(?=[ \t\n\r\f/>]|$)/gi,
} as const

function findClosingTag(text: string, at: number, element: Element): number {
  if (element === 'none') return -1
  const pattern = CLOSING[element]
  pattern.lastIndex = at
  return pattern.exec(text)?.index ?? -1
}
