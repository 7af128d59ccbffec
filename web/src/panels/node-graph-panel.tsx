import { useMemo, useState } from 'react'
import { GraphView } from '../graph/graph-view.tsx'
import { MOST_NODES, nodeGraphOf } from './node-graph-of.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'

/** Nodes and what is between them, in ranks. */
export function NodeGraphPanel({ frames, title, scheme }: PanelProps) {
  const { graph, total } = useMemo(() => nodeGraphOf(frames, scheme), [frames, scheme])
  const [selected, setSelected] = useState<string | undefined>()
  return (
    <div className={styles['filled']}>
      {total > MOST_NODES && (
        <p className={styles['notice']}>
          The first {MOST_NODES} of {total} nodes are drawn.
        </p>
      )}
      <GraphView
        graph={graph}
        label={title === '' ? 'Graph' : `${title}: graph`}
        selected={selected}
        onSelect={(id) => setSelected(id === selected ? undefined : id)}
      />
    </div>
  )
}
