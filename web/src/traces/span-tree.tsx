import { useMediaQuery } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, type RefObject } from 'react'
import { useScheme } from '../charts/use-scheme.ts'
import { NameDivider, useNameWidth } from './name-divider.tsx'
import { serviceColors } from './service-colors.ts'
import { SpanRow } from './span-row.tsx'
import { TimeRuler } from './time-ruler.tsx'
import { stepInTree, type TreeStep } from './tree-keys.ts'
import { useElementEvent } from './use-element-event.ts'
import type { WaterfallModel } from './use-waterfall.ts'
import { indexOfRow } from './visible-rows.ts'
import styles from './waterfall.module.css'

const [ROW_PX, NARROW_ROW_PX] = [24, 40]
const OVERSCAN_ROWS = 10

/** The spans: names as a tree, bars beside them, on phones below them. */
export function SpanTree({ model }: { readonly model: WaterfallModel }) {
  const isNarrow = useMediaQuery('(max-width: 40em)', false, { getInitialValueInEffect: false })
  const [namePx, setNamePx] = useNameWidth()
  const widths: Readonly<Record<string, string>> = { '--names': `${namePx}px` }
  return (
    <div className={styles['tree']} style={widths}>
      <div className={styles['head']}>
        <span className={styles['headName']}>Service and operation</span>
        <NameDivider widthPx={namePx} onChange={setNamePx} />
        <TimeRuler model={model} />
      </div>
      <SpanList model={model} rowPx={isNarrow ? NARROW_ROW_PX : ROW_PX} />
    </div>
  )
}

interface SpanListProps {
  readonly model: WaterfallModel
  readonly rowPx: number
}

function SpanList({ model, rowPx }: SpanListProps) {
  const { trace, rows, folded, window, selected, isFound, critical, showsCritical } = model
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
  })
  useEffect(() => {
    if (rowPx > 0) virtual.measure()
  }, [virtual, rowPx])
  const scheme = useScheme()
  const colors = useMemo(() => serviceColors(trace.services, scheme), [trace, scheme])
  const reachable = indexOfRow(rows, model.current)
  useKeys(model, scroller)
  useElementEvent(scroller, 'click', ({ target }) => choose(target, model))
  useEffect(() => {
    const { startIndex = 0, endIndex = 0 } = virtual.range ?? {}
    // Who jumps wants to see what is around it; who goes step by step does not want the list to leap.
    const isNear = reachable >= startIndex - 1 && reachable <= endIndex + 1
    if (reachable < rows.length)
      virtual.scrollToIndex(reachable, { align: isNear ? 'auto' : 'center' })
  }, [virtual, reachable, rows])
  return (
    <div ref={scroller} role="tree" aria-label="Spans" className={styles['scroller']}>
      <div role="none" className={styles['rows']} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index] ?? 0
          return (
            <div
              key={key}
              role="none"
              className={styles['item']}
              style={{ height: rowPx, transform: `translateY(${start}px)` }}
            >
              <SpanRow
                {...{ trace, row, window }}
                color={colors[trace.service[row] ?? 0] ?? ''}
                isFolded={folded.has(row)}
                isSelected={row === selected}
                isFound={isFound.has(row)}
                isReachable={index === reachable}
                critical={showsCritical ? critical.get(row) : undefined}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function choose(target: EventTarget | null, { toggle, onSelect, goTo }: WaterfallModel): void {
  if (!(target instanceof Element)) return
  const item = target.closest('[data-row]')
  if (!(item instanceof HTMLElement)) return
  const row = Number(item.dataset['row'])
  goTo(row)
  if (target.closest('[data-fold]')) toggle(row)
  else onSelect(row)
}

/** Keys of a tree, as the practices of WAI-ARIA have them, and those of the waterfall. The focus follows. */
function useKeys(model: WaterfallModel, scroller: RefObject<HTMLElement | null>): void {
  const wanted = useRef(-1)
  useEffect(() => {
    if (wanted.current < 0) return
    const item = scroller.current?.querySelector(`[data-row="${wanted.current}"]`)
    if (!(item instanceof HTMLElement)) return
    wanted.current = -1
    item.focus({ preventScroll: true })
  })
  useElementEvent(scroller, 'keydown', (event) => {
    const { target, key, ctrlKey, metaKey, altKey } = event
    if (ctrlKey || metaKey || altKey || !(target instanceof HTMLElement)) return
    const row = Number(target.dataset['row'] ?? -1)
    const step = row < 0 ? undefined : stepInTree(model, key, row)
    if (step === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if (step.kind === 'go') wanted.current = step.row
    takeStep(model, row, step)
  })
}

function takeStep(model: WaterfallModel, row: number, step: TreeStep): void {
  switch (step.kind) {
    case 'go':
      model.goTo(step.row)
      if (model.selected >= 0) model.onSelect(step.row)
      break
    case 'fold':
      model.toggle(row)
      break
    case 'open':
      model.onSelect(model.selected === row ? -1 : row)
      break
    case 'close':
      model.onSelect(-1)
      break
    case 'zoom':
      if (step.window === undefined) model.resetWindow()
      else model.setWindow(step.window)
      break
    default:
      step satisfies never
  }
}
