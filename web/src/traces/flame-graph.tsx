import { Button } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import { useScheme } from '../charts/use-scheme.ts'
import { formatValue } from '../format/format-value.ts'
import { flameNs, layOutFlame, type FlameBox } from './flame-layout.ts'
import { percent } from './minimap.tsx'
import { serviceColors } from './service-colors.ts'
import type { Trace } from './trace-model.ts'
import { useElementEvent } from './use-element-event.ts'
import styles from './waterfall.module.css'

const ROW_PX = 22
/** What would be thinner is left out, so that the page never has many more boxes than pixels. */
const LEAST_SHARE = 1 / 1200
/** A name would have no room in less. */
const LEAST_NAMED = 0.02

/** Where the time of a trace went: wider is more of it. A click shows a box as wide as the whole. */
export function FlameGraph({ trace }: { readonly trace: Trace }) {
  const scheme = useScheme()
  const boxes = useMemo(() => layOutFlame(trace), [trace])
  const colors = useMemo(() => {
    const found = serviceColors(trace.services, scheme)
    return new Map(trace.services.map((name, i) => [name, found[i] ?? '']))
  }, [trace, scheme])
  const [chosen, setChosen] = useState(-1)
  const zoom = boxes[chosen]
  const fromNs = zoom?.fromNs ?? 0
  const lengthNs = Math.max(1, zoom?.totalNs ?? flameNs(boxes))
  const place = (box: FlameBox) => {
    const from = Math.max(0, (box.fromNs - fromNs) / lengthNs)
    const to = Math.min(1, (box.fromNs + box.totalNs - fromNs) / lengthNs)
    return { from, width: to - from }
  }
  const shown = boxes.filter((box) => place(box).width >= LEAST_SHARE)
  const list = useRef<HTMLDivElement>(null)
  useElementEvent(list, 'click', ({ target }) => {
    const id = target instanceof HTMLElement ? target.dataset['box'] : undefined
    if (id !== undefined) setChosen(Number(id) === chosen ? -1 : Number(id))
  })
  return (
    <div className={styles['flame']}>
      <p className={styles['flameNote']}>
        {formatValue(lengthNs / 1e9, 'seconds')} of work
        {zoom ? ` in ${zoom.service} ${zoom.name} and below` : ', wherever it was done'}
        {zoom && (
          <Button variant="default" size="compact-xs" onClick={() => setChosen(-1)}>
            Show all
          </Button>
        )}
      </p>
      <div className={styles['flameScroller']} role="region" aria-label="Flame graph" tabIndex={0}>
        <div
          ref={list}
          role="img"
          aria-label={`${shown.length} boxes; the tree has every span`}
          className={styles['flameBoxes']}
          style={{ height: (deepestOf(shown) + 1) * ROW_PX }}
        >
          {shown.map((box) => (
            <Box key={box.id} {...{ box, ...place(box) }} color={colors.get(box.service) ?? ''} />
          ))}
        </div>
      </div>
    </div>
  )
}

function deepestOf(boxes: readonly FlameBox[]): number {
  return boxes.reduce((most, { depth }) => Math.max(most, depth), 0)
}

interface BoxProps {
  readonly box: FlameBox
  readonly from: number
  readonly width: number
  readonly color: string
}

function Box({ box, from, width, color }: BoxProps) {
  return (
    <div
      className={styles['flameBox']}
      title={describe(box)}
      data-box={box.id}
      data-error={box.errors > 0 || undefined}
      style={{
        top: box.depth * ROW_PX,
        left: percent(from),
        width: percent(width),
        background: color,
      }}
    >
      {width > LEAST_NAMED && `${box.service} ${box.name}`}
    </div>
  )
}

function describe({ service, name, spans, errors, selfNs, totalNs }: FlameBox): string {
  return [
    `${service} ${name}`,
    `${formatValue(totalNs / 1e9, 'seconds')}, of which its own ${formatValue(selfNs / 1e9, 'seconds')}`,
    `${formatValue(spans, 'count')} spans${errors > 0 ? `, ${formatValue(errors, 'count')} failed` : ''}`,
  ].join('\n')
}
