import { encodeUtf8 } from './utf8.ts'

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

/** text/template's HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char)
}

const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

/** text/template's JSEscapeString: safe inside of a quoted string of JavaScript. */
export function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=\p{C}\p{Zl}\p{Zp}\u00a0]/gu, (char) => {
    const named = JS[char]
    if (named !== undefined) return named
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  })
}

/** Go's url.QueryEscape: a space is `+`, everything but letters, digits and `-_.~` is `%XX`. */
export function escapeQuery(text: string): string {
  return text.replace(/[^A-Za-z0-9_.~-]+/gu, (run) => percent(run).replaceAll('%20', '+'))
}

/** Each byte of a text as `%XX`. */
export function percent(text: string): string {
  let out = ''
  for (const byte of encodeUtf8(text)) {
    out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}
