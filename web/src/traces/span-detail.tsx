import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconX } from '@tabler/icons-react'
import { useRef, type ReactNode } from 'react'
import { formatValue } from '../format/format-value.ts'
import { formatDateTime } from '../time/format-time.ts'
import type { TimeZone } from '../time/zone.ts'
import { AttributeTable } from './attribute-table.tsx'
import { SpanEvents, SpanLinks } from './span-events.tsx'
import { SpanJumps } from './span-jumps.tsx'
import { hexId } from './trace-id.ts'
import { selfNsOf, serviceOf, skewNsOf, type SpanSource, type Trace } from './trace-model.ts'
import styles from './span-detail.module.css'
import { useElementEvent } from './use-element-event.ts'

export interface SpanDetailProps {
  readonly trace: Trace
  readonly row: number
  readonly zone: TimeZone
  readonly onClose: () => void
  /** Opens another span of the trace. */
  readonly onGoTo: (row: number) => void
}

/** All that is known of a span, and where else to look. */
export function SpanDetail({ trace, row, zone, onClose, onGoTo }: SpanDetailProps) {
  const source = trace.sources[row]
  const box = useRef<HTMLElement>(null)
  useElementEvent(box, 'keydown', ({ key }) => {
    if (key === 'Escape') onClose()
  })
  if (source === undefined) return null
  const { span, scope, resource } = source
  return (
    <aside ref={box} className={styles['detail']} aria-label="Span" tabIndex={-1}>
      <header className={styles['head']}>
        <div>
          <p className={styles['service']}>{serviceOf(trace, row)}</p>
          <h2>{trace.names[row]}</h2>
        </div>
        <Tooltip label="Close (Escape)">
          <ActionIcon variant="subtle" color="gray" aria-label="Close the span" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </header>
      <Warnings trace={trace} row={row} />
      <Facts {...{ trace, row, zone, source, onGoTo }} />
      <SpanJumps traceId={trace.traceId} spanId={trace.spanIds[row] ?? ''} />
      <AttributeTable title="Attributes" scope="span" attributes={span.attributes ?? []} />
      <SpanEvents events={span.events ?? []} startNs={span.startTimeUnixNano} />
      <SpanLinks links={span.links ?? []} />
      <AttributeTable title="Resource" scope="resource" attributes={resource} />
      <AttributeTable title="Scope" scope="instrumentation" attributes={scope.attributes ?? []} />
    </aside>
  )
}

function Warnings({ trace, row }: Pick<SpanDetailProps, 'trace' | 'row'>) {
  const skewNs = skewNsOf(trace, row)
  const message = trace.sources[row]?.span.status.message ?? ''
  return (
    <>
      {trace.isError[row] === 1 && (
        <p className={styles['error']}>{message === '' ? 'The span failed.' : message}</p>
      )}
      {trace.isOrphan[row] === 1 && (
        <p className={styles['warning']}>
          Its parent is not here: it was not sampled, has not come yet, or is older than what is
          kept.
        </p>
      )}
      {skewNs > 0 && (
        <p className={styles['warning']}>
          It starts {formatValue(skewNs / 1e9, 'seconds')} before its parent: the clocks of their
          hosts differ.
        </p>
      )}
    </>
  )
}

interface FactsProps extends Omit<SpanDetailProps, 'onClose'> {
  readonly source: SpanSource
}

function Facts({ trace, row, zone, source, onGoTo }: FactsProps) {
  const { span, scope } = source
  const startNs = BigInt(span.startTimeUnixNano)
  const parent = trace.parents[row] ?? -1
  const seconds = (ns: number): string => formatValue(ns / 1e9, 'seconds')
  const isOk = span.status.code === 'STATUS_CODE_OK'
  return (
    <dl className={styles['facts']}>
      <Fact name="Duration">
        {seconds(trace.durationsNs[row] ?? 0)}
        <span className={styles['dim']}> · {seconds(selfNsOf(trace, row))} without children</span>
      </Fact>
      <Fact name="Start">
        {formatDateTime(Number(startNs / 1_000_000n), zone)}
        <span className={styles['dim']}> · {seconds(trace.startsNs[row] ?? 0)} into the trace</span>
      </Fact>
      <Fact name="Kind">{trace.kinds[row]}</Fact>
      <Fact name="Status">{trace.isError[row] === 1 ? 'error' : isOk ? 'ok' : 'unset'}</Fact>
      <Fact name="Span id">
        <CopyText text={trace.spanIds[row] ?? ''} />
      </Fact>
      {parent >= 0 && (
        <Fact name="Parent">
          <button type="button" className={styles['linkButton']} onClick={() => onGoTo(parent)}>
            {serviceOf(trace, parent)}: {trace.names[parent]}
          </button>
        </Fact>
      )}
      {trace.isOrphan[row] === 1 && (
        <Fact name="Parent">
          <code>{hexId(span.parentSpanId ?? '')}</code>{' '}
          <span className={styles['dim']}>missing</span>
        </Fact>
      )}
      {scope.name !== undefined && (
        <Fact name="Scope">
          {scope.name} <span className={styles['dim']}>{scope.version}</span>
        </Fact>
      )}
      {span.traceState !== undefined && <Fact name="Trace state">{span.traceState}</Fact>}
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function CopyText({ text }: { readonly text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <>
          <code>{text}</code>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={20}
            aria-label={copied ? 'Copied' : 'Copy the span id'}
            onClick={copy}
          >
            {copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
          </ActionIcon>
        </>
      )}
    </CopyButton>
  )
}
