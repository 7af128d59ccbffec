import type { FaultList } from '../../yaml/fault.ts'

/** A setting of an env file, and where it stands. */
export interface EnvEntry {
  readonly name: string
  readonly value: string
  /** As faults name it. */
  readonly file: string
  /** Counts from 1; 0 where there are no lines. */
  readonly line: number
}

/** What is read in turn: the text from `at` on, and the line that `at` is on. */
interface Cursor {
  readonly text: string
  at: number
  line: number
}

const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=/y
const BLANK = /[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/y

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  '"': '"',
  '\\': '\\',
  $: '$',
  '`': '`',
}

/**
 * Reads `NAME="value"` line by line, as a shell would that sources the file: `export` before it, quotes of both kinds that may hold
 * several lines, escapes in double quotes, comments. Nothing is run and no variable is filled in: a `$` stays one. A line that is
 * none of these, and a quote that does not end, are errors at their line; of a name that is set twice the last value counts, with
 * a warning.
 */
export function readEnvText(text: string, file: string, faults: FaultList): readonly EnvEntry[] {
  const cursor: Cursor = { text: text.replace(/^\uFEFF/, ''), at: 0, line: 1 }
  const entries = new Map<string, EnvEntry>()
  while (cursor.at < cursor.text.length) {
    const { line } = cursor
    const add = (message: string, severity: 'error' | 'warning'): void =>
      faults.add({ file, line, col: 1, message, severity })
    if (take(cursor, BLANK) !== undefined) continue
    const name = take(cursor, ASSIGNMENT)?.[1]
    const value = name === undefined ? undefined : readValue(cursor)
    if (name === undefined || value === undefined) {
      // What stands there may be a secret: it is not repeated.
      add(name === undefined ? 'must be NAME=value' : `${name}: the quote has no end`, 'error')
      take(cursor, /[^\n]*(?:\n|$)/y)
      continue
    }
    if (take(cursor, BLANK) === undefined) {
      add(`${name}: what stands behind the closing quote belongs to no value`, 'error')
      take(cursor, /[^\n]*(?:\n|$)/y)
    }
    const before = entries.get(name)
    if (before !== undefined)
      add(`${name} was set on line ${before.line}, too: this one counts`, 'warning')
    entries.set(name, { name, value, file, line })
  }
  return [...entries.values()]
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found === null) return undefined
  cursor.at += found[0].length
  cursor.line += found[0].split('\n').length - 1
  return found
}

/** Undefined for a quote without an end. */
function readValue(cursor: Cursor): string | undefined {
  const isApart = take(cursor, /[ \t]+/y) !== undefined
  if (isApart && cursor.text[cursor.at] === '#') return ''
  const single = take(cursor, /'([^']*)'/y)
  if (single !== undefined) return single[1]
  const double = take(cursor, /"((?:[^"\\]|\\[^])*)"/y)
  if (double !== undefined) return unescape(double[1] ?? '')
  if (/["']/.test(cursor.text[cursor.at] ?? '')) return undefined
  // A comment begins behind a blank, so that a colour or an anchor of a URL may hold a #.
  const rest = take(cursor, /[^\n]*/y)?.[0] ?? ''
  const comment = rest.search(/[ \t]#/)
  return (comment < 0 ? rest : rest.slice(0, comment)).trimEnd()
}

function unescape(text: string): string {
  return text.replace(/\\(\r?\n|[^])/g, (all, character: string) =>
    character.endsWith('\n') ? '' : (ESCAPES[character] ?? all),
  )
}
