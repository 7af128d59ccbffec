import { Fragment, type ReactNode } from 'react'
import { formatValue } from '../format/format-value.ts'
import { hasAnsi, readAnsi, stripAnsi } from './ansi.ts'
import styles from './log-lines.module.css'

export interface LogTextProps {
  readonly text: string
  /** The rest is left out, and how much that is stands in its place. */
  readonly mostChars: number
  /** Newlines become signs. */
  readonly isOneLine: boolean
  readonly colorsAnsi: boolean
  readonly marked: readonly string[]
}

/** The text of a line: always text and never markup, whatever it holds. */
export function LogText({ text, mostChars, isOneLine, colorsAnsi, marked }: LogTextProps) {
  const isCut = text.length > mostChars
  const kept = isCut ? text.slice(0, mostChars) : text
  const flat = isOneLine ? kept.replaceAll(/\r?\n/g, ' ⏎ ') : kept
  return (
    <span className={styles['text']}>
      {colorsAnsi && hasAnsi(flat)
        ? readAnsi(flat).map(({ text: part, color, isBold }, i) => (
            <span key={i} data-ansi={color} data-bold={isBold || undefined}>
              {part}
            </span>
          ))
        : mark(stripAnsi(flat), marked)}
      {isCut && (
        <span className={styles['cut']}>
          {' '}
          … {formatValue(text.length - mostChars, 'count')} more characters
        </span>
      )}
    </span>
  )
}

/** Marks words where they stand in a text. */
function mark(text: string, words: readonly string[]): ReactNode {
  const used = words.filter((word) => text.includes(word))
  if (used.length === 0) return text
  const parts: ReactNode[] = []
  let from = 0
  while (from < text.length && parts.length < 200) {
    const next = findFirst(text, used, from)
    if (next === undefined) break
    parts.push(text.slice(from, next.at), <mark key={next.at}>{next.word}</mark>)
    from = next.at + next.word.length
  }
  parts.push(text.slice(from))
  return parts.map((part, i) => <Fragment key={i}>{part}</Fragment>)
}

function findFirst(
  text: string,
  words: readonly string[],
  from: number,
): { readonly word: string; readonly at: number } | undefined {
  let first: { readonly word: string; readonly at: number } | undefined
  for (const word of words) {
    const at = text.indexOf(word, from)
    if (at >= 0 && (first === undefined || at < first.at)) first = { word, at }
  }
  return first
}
