import { useMemo } from 'react'
import styles from './log-lines.module.css'

const MOST_CHARS = 60_000
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

interface Token {
  readonly text: string
  readonly kind: 'key' | 'string' | 'number' | 'plain'
}

/** An object as JSON with colours, each member on a line of its own. */
export function JsonText({ value }: { readonly value: object }) {
  const tokens = useMemo(() => tokenize(JSON.stringify(value, undefined, 2)), [value])
  return (
    <pre className={styles['whole']} tabIndex={0} aria-label="Text of the line" role="region">
      {tokens.map(({ text, kind }, i) =>
        kind === 'plain' ? (
          text
        ) : (
          <span key={i} data-token={kind}>
            {text}
          </span>
        ),
      )}
    </pre>
  )
}

function tokenize(json: string): readonly Token[] {
  const text = json.slice(0, MOST_CHARS)
  const tokens: Token[] = []
  let from = 0
  for (const found of text.matchAll(TOKEN)) {
    const [whole, quoted, colon] = found
    tokens.push({ text: text.slice(from, found.index), kind: 'plain' })
    from = found.index + whole.length
    if (quoted === undefined) tokens.push({ text: whole, kind: 'number' })
    else if (colon === undefined) tokens.push({ text: quoted, kind: 'string' })
    else tokens.push({ text: quoted, kind: 'key' }, { text: colon, kind: 'plain' })
  }
  const rest = json.length > MOST_CHARS ? '\n…' : ''
  tokens.push({ text: text.slice(from) + rest, kind: 'plain' })
  return tokens
}
