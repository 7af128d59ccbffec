/** A stretch of text in one look. */
export interface AnsiRun {
  readonly text: string
  /** 0 to 7: black, red, green, yellow, blue, magenta, cyan, white; undefined: that of the page. */
  readonly color: number | undefined
  readonly isBold: boolean
}

/** ECMA-48: control sequences (group 1 and 2), texts for the terminal itself such as titles, other escapes of two characters. */
const ESCAPE =
  /\u001b(?:\[([0-9;:?]*)[ -/]*([@-~])|[\]PX^_][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[ -/]?[0-~])/g

/**
 * Characters that a page has no picture for, apart from tabs and newlines, and those that turn the direction of the text around, by
 * which `gnp.exe` would look like `exe.png`.
 */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** The text without what is meant for a terminal. */
export function stripAnsi(text: string): string {
  return text.replace(ESCAPE, '').replace(CONTROLS, '')
}

export function hasAnsi(text: string): boolean {
  return text.includes('\u001b')
}

/** The text in stretches with the eight colours and bold; every other sequence is left out. */
export function readAnsi(text: string): readonly AnsiRun[] {
  const runs: AnsiRun[] = []
  let look: Omit<AnsiRun, 'text'> = { color: undefined, isBold: false }
  let from = 0
  const push = (to: number): void => {
    const part = text.slice(from, to).replace(CONTROLS, '')
    if (part !== '') runs.push({ text: part, ...look })
  }
  for (const found of text.matchAll(ESCAPE)) {
    push(found.index)
    from = found.index + found[0].length
    if (found[2] === 'm') look = applyCodes(look, found[1] ?? '')
  }
  push(text.length)
  return runs
}

/** Select Graphic Rendition: 30 to 37 and 90 to 97 are colours, 38 and 48 bring their own arguments, which are skipped. */
function applyCodes(look: Omit<AnsiRun, 'text'>, codes: string): Omit<AnsiRun, 'text'> {
  let next = look
  const numbers = codes.split(/[;:]/).map(Number)
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0
    if (code === 0) next = { color: undefined, isBold: false }
    else if (code === 1) next = { ...next, isBold: true }
    else if (code === 22) next = { ...next, isBold: false }
    else if (code === 39) next = { ...next, color: undefined }
    else if (code >= 30 && code <= 37) next = { ...next, color: code - 30 }
    else if (code >= 90 && code <= 97) next = { ...next, color: code - 90 }
    else if (code === 38 || code === 48) i += numbers[i + 1] === 5 ? 2 : 4
  }
  return next
}
