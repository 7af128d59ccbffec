/** Control characters, which could move the cursor or paint, and marks that turn the direction of writing. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Marks that combine with the character before them (variation selectors among them), and invisible joiners. */
const NO_WIDTH = /^(?:\p{Mn}|\p{Me}|\p{Default_Ignorable_Code_Point})$/u
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

/**
 * Text that others wrote (label values, reasons of failed scrapes, answers of a server), made safe for a terminal and for one
 * line: what could move the cursor, paint or reorder is shown as an escape such as `\u001b`.
 */
export function printable(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replace(UNSAFE, (unsafe) => {
    if (unsafe === '\n') return '\\n'
    if (unsafe === '\t') return '\\t'
    return `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** How many columns of a terminal a printable text takes. */
export function displayWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

/** At most `width` columns of the text; what was cut is shown as `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let out = ''
  let used = 1
  for (const character of text) {
    used += widthOf(character)
    if (used > width) break
    out += character
  }
  return `${out}…`
}

/** Fills up with spaces behind the text. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

function widthOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
