import type { SpanEventJson, SpanLinkJson } from '../../../src/model/trace-json.ts'
import { tracePath } from '../api/trace-series.ts'
import { formatValue } from '../format/format-value.ts'
import { TextLink } from '../shell/text-link.tsx'
import { AttributeTable } from './attribute-table.tsx'
import { hexId } from './trace-id.ts'
import styles from './span-detail.module.css'

export interface SpanEventsProps {
  readonly events: readonly SpanEventJson[]
  /** Of the span: Unix nanoseconds. */
  readonly startNs: string
}

/** What happened within a span, with the time since its start. */
export function SpanEvents({ events, startNs }: SpanEventsProps) {
  if (events.length === 0) return null
  return (
    <section aria-label="Events">
      <h3>Events</h3>
      <ol className={styles['events']}>
        {events.map(({ timeUnixNano, name, attributes = [] }, i) => {
          const sinceNs = Number(BigInt(timeUnixNano) - BigInt(startNs))
          return (
            <li key={i}>
              <p>
                <span className={styles['dim']}>{formatValue(sinceNs / 1e9, 'seconds')}</span>{' '}
                {name}
              </p>
              <AttributeTable title={`Attributes of ${name}`} attributes={attributes} />
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** Spans of other traces that a span names. */
export function SpanLinks({ links }: { readonly links: readonly SpanLinkJson[] }) {
  if (links.length === 0) return null
  return (
    <section aria-label="Links">
      <h3>Links</h3>
      <ul className={styles['events']}>
        {links.map(({ traceId, spanId, attributes = [] }, i) => {
          const [trace, span] = [hexId(traceId), hexId(spanId)]
          return (
            <li key={i}>
              <p>
                <TextLink to={tracePath(trace)} search={{ span }}>
                  Trace {trace}
                </TextLink>
              </p>
              <AttributeTable
                title={`Attributes of the link to ${trace}`}
                attributes={attributes}
              />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
