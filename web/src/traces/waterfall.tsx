import { useEffect, useMemo, useRef, useState } from 'react'
import type { TimeZone } from '../time/zone.ts'
import { FlameGraph } from './flame-graph.tsx'
import { Minimap } from './minimap.tsx'
import { SpanDetail } from './span-detail.tsx'
import { SpanTree } from './span-tree.tsx'
import type { Trace } from './trace-model.ts'
import { useWaterfall, type WaterfallMemory, type WaterfallView } from './use-waterfall.ts'
import { WaterfallToolbar } from './waterfall-toolbar.tsx'
import styles from './waterfall.module.css'

export interface WaterfallProps {
  readonly trace: Trace
  readonly zone: TimeZone
  /** Where a page keeps what is selected and searched for; without it the view does. */
  readonly memory?: WaterfallMemory
}

/**
 * A trace as a tree of spans over time, with what is known of the selected one beside it. It fills the height of its parent; of the
 * spans only those in sight are in the page.
 */
export function Waterfall({ trace, zone, memory }: WaterfallProps) {
  const own = useOwnMemory()
  const model = useWaterfall(trace, memory ?? own)
  const { selected, onSelect, goTo } = model
  const root = useRef<HTMLDivElement>(null)
  const close = (): void => {
    onSelect(-1)
    const row = root.current?.querySelector(`[data-row="${selected}"]`)
    if (row instanceof HTMLElement) row.focus({ preventScroll: true })
  }
  useEffect(() => {
    if (selected >= 0) goTo(selected)
  }, [selected, goTo])
  return (
    <div ref={root} className={styles['waterfall']}>
      <WaterfallToolbar model={model} />
      {model.view === 'tree' && <Minimap model={model} />}
      <div className={styles['body']}>
        {model.view === 'tree' ? <SpanTree model={model} /> : <FlameGraph trace={trace} />}
        {selected >= 0 && selected < trace.length && (
          <SpanDetail
            key={selected}
            {...{ trace, zone }}
            row={selected}
            onClose={close}
            onGoTo={onSelect}
          />
        )}
      </div>
    </div>
  )
}

function useOwnMemory(): WaterfallMemory {
  const [selected, onSelect] = useState(-1)
  const [wanted, onWanted] = useState('')
  const [view, onView] = useState<WaterfallView>('tree')
  return useMemo(
    () => ({ selected, onSelect, wanted, onWanted, view, onView }),
    [selected, wanted, view],
  )
}
