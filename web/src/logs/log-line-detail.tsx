import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconArrowsVertical, IconCheck, IconCopy, IconRoute } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { tracePath } from '../api/trace-series.ts'
import { formatValue } from '../format/format-value.ts'
import { keepTime, type Search } from '../shell/keep-time.ts'
import { formatDateTime } from '../time/format-time.ts'
import type { TimeZone } from '../time/zone.ts'
import { stripAnsi } from './ansi.ts'
import { FieldRow } from './field-row.tsx'
import { JsonText } from './json-text.tsx'
import { fieldsOf, readJson, type FieldKind } from './line-fields.ts'
import type { LineActions } from './log-lines.tsx'
import type { LogLine } from './log-line.ts'
import styles from './log-lines.module.css'
import { traceOfLine, type TraceOfLine } from './trace-of-line.ts'

export interface LogLineDetailProps {
  readonly line: LogLine
  readonly lines: readonly LogLine[]
  readonly zone: TimeZone
  readonly actions: LineActions
}

const KINDS: readonly { readonly kinds: readonly FieldKind[]; readonly title: string }[] = [
  { kinds: ['label'], title: 'Labels of the stream' },
  { kinds: ['metadata'], title: 'Structured metadata' },
  { kinds: ['parsed'], title: 'Parsed by the query' },
  { kinds: ['json', 'logfmt'], title: 'Fields in the text' },
]

/** All that is known of a line: its text, when it was, its labels and fields, and what can be done with them. */
export function LogLineDetail({ line, lines, zone, actions }: LogLineDetailProps) {
  const fields = useMemo(() => fieldsOf(line), [line])
  return (
    <div className={styles['detail']}>
      <DetailHead {...{ line, zone, actions }} trace={traceOfLine(fields)} />
      <WholeText text={line.text} />
      {KINDS.map(({ kinds, title }) => {
        const shown = fields.filter(({ kind }) => kinds.includes(kind))
        if (shown.length === 0) return null
        return (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <table className={styles['fields']}>
              <tbody>
                {shown.map((field) => (
                  <FieldRow
                    key={field.name}
                    field={field}
                    lines={lines}
                    onFilter={actions.onFilter}
                  />
                ))}
              </tbody>
            </table>
          </section>
        )
      })}
    </div>
  )
}

interface DetailHeadProps extends Omit<LogLineDetailProps, 'lines'> {
  readonly trace: TraceOfLine | undefined
}

function DetailHead({ line, zone, actions, trace }: DetailHeadProps) {
  const clipboard = useClipboard()
  return (
    <div className={styles['detailHead']}>
      <span>
        {formatDateTime(line.timeMs, zone)}
        <span className={styles['dim']}> · {line.timestampNs} ns</span>
      </span>
      <Button
        variant="default"
        size="compact-xs"
        leftSection={clipboard.copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
        onClick={() => clipboard.copy(line.text)}
      >
        {clipboard.copied ? 'Copied' : 'Copy line'}
      </Button>
      {actions.onContext && (
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconArrowsVertical size={13} />}
          onClick={() => actions.onContext?.(line)}
        >
          Lines around it
        </Button>
      )}
      {trace && <TraceButton trace={trace} />}
    </div>
  )
}

function TraceButton({ trace: { traceId, spanId } }: { readonly trace: TraceOfLine }) {
  const to = tracePath(traceId)
  return (
    <Button
      variant="default"
      size="compact-xs"
      leftSection={<IconRoute size={13} />}
      renderRoot={(props) => (
        <Link {...props} to={to} search={(now: Search) => ({ ...keepTime(now), span: spanId })} />
      )}
    >
      Open its trace
    </Button>
  )
}

/** Shown at once; a longer text is shown whole when it is asked for. */
const SHOWN_CHARS = 20_000
/** A text of one megabyte in one piece takes the browser seconds to lay out; in pieces, only those in sight are. */
const PIECE_CHARS = 8000

function WholeText({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false)
  const json = useMemo(() => readJson(text), [text])
  const plain = useMemo(() => stripAnsi(text), [text])
  if (json !== undefined) return <JsonText value={json} />
  const isCut = plain.length > SHOWN_CHARS && !isWhole
  const shown = isCut ? plain.slice(0, SHOWN_CHARS) : plain
  const pieces = Array.from({ length: Math.ceil(shown.length / PIECE_CHARS) }, (_none, i) =>
    shown.slice(i * PIECE_CHARS, (i + 1) * PIECE_CHARS),
  )
  return (
    <>
      <pre className={styles['whole']} tabIndex={0} aria-label="Text of the line" role="region">
        {pieces.map((piece, i) => (
          <span key={i} className={pieces.length > 1 ? styles['piece'] : ''}>
            {piece}
          </span>
        ))}
      </pre>
      {isCut && (
        <Button variant="default" size="compact-xs" onClick={() => setWhole(true)}>
          Show all {formatValue(plain.length, 'count')} characters
        </Button>
      )}
    </>
  )
}
