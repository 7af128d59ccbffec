import { escapeQuery, percent } from '../escape-text.ts'
import { sprint } from '../print.ts'
import type { GoValue, SafeContent } from '../value.ts'
import { GoSafe, integerOf } from '../value.ts'
import { isNameable } from './attribute-kind.ts'

/** What stands in place of a value that must not be there; searched for, it leads to the reason (as in html/template). */
const REFUSED = 'ZgotmplZ'
/** More than any output may have: the limit is checked where the text is written. */
const MAX_LENGTH = 2 ** 28

/** The text of a value, and whether it is marked as safe content of a kind. */
function read(value: GoValue, content: SafeContent): { text: string; isSafe: boolean } {
  if (value instanceof GoSafe) return { text: value.value, isSafe: value.content === content }
  if (typeof value === 'string') return { text: value, isSafe: false }
  return { text: value === undefined ? '' : sprint([value], MAX_LENGTH), isSafe: false }
}

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  '&': '&amp;',
  "'": '&#39;',
  '+': '&#43;',
  '<': '&lt;',
  '>': '&gt;',
}

function replaceHtml(text: string): string {
  return text.replace(/[\0"&'+<>]/g, (char) => HTML[char] ?? char)
}

/** As `replaceHtml`, for text that is HTML already: entities stay. */
function normalizeHtml(text: string): string {
  return text.replace(/[\0"'+<>]/g, (char) => HTML[char] ?? char)
}

/** Between tags. */
export function escapeText(value: GoValue): string {
  const { text, isSafe } = read(value, 'html')
  return isSafe ? text : replaceHtml(text)
}

/** In `<title>` and `<textarea>`, where tags do not count but entities do. */
export function escapeRcdata(value: GoValue): string {
  const { text, isSafe } = read(value, 'html')
  return isSafe ? normalizeHtml(text) : replaceHtml(text)
}

/** In a quoted attribute. */
export function escapeAttribute(value: GoValue): string {
  const { text, isSafe } = read(value, 'html')
  return isSafe ? normalizeHtml(stripTags(text)) : replaceHtml(text)
}

/** In an attribute without quotes: white space and what could end the value is written out too. */
export function escapeUnquoted(value: GoValue): string {
  const { text, isSafe } = read(value, 'html')
  if (text === '') return REFUSED
  const escaped = isSafe ? normalizeHtml(stripTags(text)) : replaceHtml(text)
  return escaped.replace(/[\t\n\v\f\r =`]/g, (char) => `&#${char.charCodeAt(0)};`)
}

function stripTags(html: string): string {
  return html.replace(/<!--[^]*?(?:-->|$)|<\/?[a-zA-Z](?:"[^"]*"|'[^']*'|[^"'>])*(?:>|$)/g, '')
}

/** What `html` at the end of a pipeline gives: plain escaping, also of text that is marked as safe. */
export function escapePlain(value: GoValue): string {
  return replaceHtml(value instanceof GoSafe ? value.value : read(value, 'html').text)
}

/** The name of an attribute. */
export function filterName(value: GoValue): string {
  const { text } = read(value, 'html')
  return isNameable(text) ? text : REFUSED
}

/** The beginning of an address: of a scheme that does nothing when it is followed, or none. */
export function filterUrl(value: GoValue): GoValue {
  if (value instanceof GoSafe && value.content === 'url') return value
  const { text } = read(value, 'url')
  const scheme = /^([^/:]*):/.exec(text)?.[1]
  const isFine = scheme === undefined || /^(?:https?|mailto)$/i.test(scheme)
  return isFine ? text : `#${REFUSED}`
}

/** `%xx` with small letters, as html/template writes it. */
function encode(text: string): string {
  return percent(text).toLowerCase()
}

/** An address or the part of one before its query: what is encoded stays so. */
export function normalizeUrl(value: GoValue): string {
  const { text } = read(value, 'url')
  return text.replace(/%(?![0-9a-fA-F]{2})|[^%A-Za-z0-9\-._~!#$&*+,/:;=?@[\]]+/gu, encode)
}

/** A part of a query. */
export function escapeUrl(value: GoValue): string {
  const { text, isSafe } = read(value, 'url')
  return isSafe ? normalizeUrl(text) : text.replace(/[^A-Za-z0-9\-._~]+/gu, encode)
}

/** What `urlquery` at the end of a pipeline gives. */
export function escapeQueryPlain(value: GoValue): string {
  return escapeQuery(value instanceof GoSafe ? value.value : read(value, 'url').text)
}

/** A value of CSS: a number, a word, a colour; anything that could begin another property or call is refused. */
export function filterCss(value: GoValue): string {
  const { text } = read(value, 'html')
  const isFine = !/[\0"'()/;@[\\\]`{}<>]|--/.test(text)
  const letters = text.toLowerCase().replace(/[^a-z]/g, '')
  return isFine && !/expression|mozbinding/.test(letters) ? text : REFUSED
}

/** Inside of a string of CSS. */
export function escapeCss(value: GoValue): string {
  const { text } = read(value, 'html')
  return text.replace(/[\0\t\n\f\r"&'()+/:;<>\\{}]/g, (char) => {
    return char === '\\' ? '\\\\' : `\\${char.charCodeAt(0).toString(16)} `
  })
}

/** Inside of a string of JavaScript. */
export function escapeJsString(value: GoValue): string {
  return jsText(read(value, 'html').text)
}

function jsText(text: string): string {
  return text.replace(/[\0-\x1f"&'+/<=>\\`\x7f\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A value of JavaScript, written as JSON; spaces keep it apart from the code around it. */
export function escapeJsValue(value: GoValue): string {
  if (value === undefined) return ' null '
  if (typeof value === 'boolean') return ` ${value} `
  if (typeof value === 'number') return Number.isFinite(value) ? ` ${value} ` : ' null '
  const integer = integerOf(value)
  if (integer !== undefined) return ` ${integer} `
  return `"${jsText(read(value, 'html').text)}"`
}
