import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { formatValue } from '../format/format-value.ts'
import type { ComparedNode, ComparedSide, Verdict } from './compare-traces.ts'
import styles from './compare.module.css'

const ROW_PX = 30
const MOST_INDENT = 20

const WORDS: Readonly<Record<Verdict, string>> = {
  'only-left': 'only left',
  'only-right': 'only right',
  more: 'more spans',
  fewer: 'fewer spans',
  slower: 'slower',
  faster: 'faster',
  same: 'the same',
}

/** The structure of both traces, coloured by how the right one differs. */
export function ComparedTree({ nodes }: { readonly nodes: readonly ComparedNode[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => nodes[index]?.id ?? index,
    overscan: 10,
  })
  return (
    <div
      ref={scroller}
      className={styles['scroller']}
      role="region"
      aria-label="Differences"
      tabIndex={0}
    >
      <div role="table" aria-label="Spans of both traces" aria-rowcount={nodes.length + 1}>
        <div role="row" className={styles['headRow']}>
          <span role="columnheader">Service and operation</span>
          <span role="columnheader">Left</span>
          <span role="columnheader">Right</span>
          <span role="columnheader">Right is</span>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const node = nodes[index]
            return node === undefined ? null : (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                data-verdict={node.verdict}
                className={styles['row']}
                style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
              >
                <NodeCells node={node} />
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

function NodeCells({ node }: { readonly node: ComparedNode }) {
  const { service, name, depth, left, right, verdict } = node
  return (
    <>
      <span
        role="cell"
        className={styles['name']}
        title={`${service}: ${name}`}
        style={{ paddingLeft: `${Math.min(depth, MOST_INDENT) * 14 + 12}px` }}
      >
        <b>{service}</b> <span className={styles['dim']}>{name}</span>
      </span>
      <SideCell side={left} />
      <SideCell side={right} />
      <span role="cell" className={styles['verdict']}>
        {WORDS[verdict]}
        {left.spans > 0 && right.spans > 0 && verdict !== 'same' && (
          <span className={styles['dim']}> {difference(left, right)}</span>
        )}
      </span>
    </>
  )
}

function SideCell({ side }: { readonly side: ComparedSide }) {
  const { spans, errors, durationNs } = side
  return (
    <span role="cell" className={styles['figure']}>
      {spans === 0 ? (
        '–'
      ) : (
        <>
          {spans > 1 && <span className={styles['dim']}>{formatValue(spans, 'count')} × </span>}
          {formatValue(durationNs / spans / 1e9, 'seconds')}
          {errors > 0 && <span className={styles['bad']}> {errors} failed</span>}
        </>
      )}
    </span>
  )
}

/** By how much all spans of the place together take longer. */
function difference(left: ComparedSide, right: ComparedSide): string {
  const byNs = right.durationNs - left.durationNs
  return `${byNs < 0 ? '−' : '+'}${formatValue(Math.abs(byNs) / 1e9, 'seconds')}`
}
