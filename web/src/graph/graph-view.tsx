import { ActionIcon } from '@mantine/core'
import { IconMinus, IconPlus, IconZoomReset } from '@tabler/icons-react'
import { memo, useId, useMemo, useState, type ReactNode } from 'react'
import { useSize } from '../panels/use-size.ts'
import { edgePath, middleOf } from './edge-path.ts'
import type { Graph, GraphEdge, GraphNode } from './graph-model.ts'
import styles from './graph-view.module.css'
import {
  layoutGraph,
  MOST_LABELS,
  NODE_HEIGHT,
  NODE_WIDTH,
  type GraphLayout,
} from './layout-graph.ts'

export interface GraphViewProps {
  readonly graph: Graph
  /** Names the drawing for who does not see it. */
  readonly label: string
  readonly selected?: string | undefined
  readonly onSelect?: (id: string) => void
}

/** Smaller than this, titles cannot be read: then the drawing is scrolled. */
const LEAST_FITTED = 0.8
const ZOOM_STEP = 1.25

/** Nodes in ranks with what is between them; every node can be reached by keyboard. */
export function GraphView({ graph, label, selected, onSelect }: GraphViewProps) {
  const [ref, { widthPx: width, heightPx: height }] = useSize<HTMLDivElement>()
  const isUpright = width > 0 && width < height
  const placed = useMemo(() => layoutGraph(graph, isUpright ? 'TB' : 'LR'), [graph, isUpright])
  const [zoom, setZoom] = useState<number | undefined>()
  const [pointed, setPointed] = useState<string | undefined>()
  const fitted = Math.min(
    1,
    Math.max(LEAST_FITTED, Math.min(width / placed.width, height / placed.height)),
  )
  const scale = zoom ?? fitted
  const focus = pointed ?? selected
  return (
    <div className={styles['frame']}>
      <div ref={ref} className={styles['scroll']} role="region" aria-label={label} tabIndex={0}>
        {width > 0 && (
          <div
            className={styles['sheet']}
            style={{ width: placed.width * scale, height: placed.height * scale }}
          >
            <div
              className={styles['plane']}
              style={{
                width: placed.width,
                height: placed.height,
                transform: `scale(${scale})`,
              }}
            >
              <Edges graph={graph} placed={placed} focus={focus} />
              {graph.nodes.map((node) => (
                <Node
                  key={node.id}
                  node={node}
                  placed={placed}
                  isSelected={node.id === selected}
                  onSelect={onSelect}
                  onPoint={setPointed}
                />
              ))}
            </div>
          </div>
        )}
      </div>
      <div className={styles['zoom']}>
        <ZoomButton label="Zoom in" onClick={() => setZoom(Math.min(2, scale * ZOOM_STEP))}>
          <IconPlus size={14} />
        </ZoomButton>
        <ZoomButton label="Zoom out" onClick={() => setZoom(Math.max(0.2, scale / ZOOM_STEP))}>
          <IconMinus size={14} />
        </ZoomButton>
        <ZoomButton label="Reset the zoom" onClick={() => setZoom(undefined)}>
          <IconZoomReset size={14} />
        </ZoomButton>
      </div>
    </div>
  )
}

interface ZoomButtonProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: ReactNode
}

function ZoomButton({ label, onClick, children }: ZoomButtonProps) {
  return (
    <ActionIcon variant="default" aria-label={label} title={label} onClick={onClick}>
      {children}
    </ActionIcon>
  )
}

interface EdgesProps {
  readonly graph: Graph
  readonly placed: GraphLayout
  readonly focus: string | undefined
}

const Edges = memo(({ graph, placed, focus }: EdgesProps) => {
  const { width, height } = placed
  const arrow = useId()
  const isCrowded = graph.edges.length > MOST_LABELS
  return (
    <svg className={styles['edges']} width={width} height={height} aria-hidden>
      <defs>
        <marker
          id={arrow}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0,0L8,4L0,8z" fill="context-stroke" />
        </marker>
      </defs>
      {graph.edges.map((edge) => {
        const isNear = focus !== undefined && (edge.source === focus || edge.target === focus)
        const isDim = !isNear && focus !== undefined
        return (
          <Edge
            key={edge.id}
            {...{ edge, arrow }}
            placed={placed}
            look={isNear ? 'near' : isDim ? 'dim' : undefined}
            hasLabel={isNear || (!isCrowded && !isDim)}
          />
        )
      })}
    </svg>
  )
})

interface EdgeProps {
  readonly edge: GraphEdge
  /** Id of the drawing of its end. */
  readonly arrow: string
  readonly placed: GraphLayout
  readonly look: 'near' | 'dim' | undefined
  readonly hasLabel: boolean
}

function Edge({ edge, arrow, placed, look, hasLabel }: EdgeProps) {
  const points = placed.edges.get(edge.id)
  if (!points) return null
  const place = middleOf(points)
  const { color, thickness, isBad = false, label } = edge
  return (
    <g className={styles['edge']} data-look={look} data-bad={isBad || undefined}>
      <path
        d={edgePath(points, placed.direction)}
        markerEnd={`url(#${arrow})`}
        style={{
          ...(color === undefined || look !== undefined ? {} : { stroke: color }),
          ...(thickness === undefined ? {} : { strokeWidth: thickness }),
        }}
      />
      {hasLabel && label !== '' && (
        <text x={place.x} y={place.y} dy="0.32em">
          {label}
        </text>
      )}
    </g>
  )
}

interface NodeProps {
  readonly node: GraphNode
  readonly placed: GraphLayout
  readonly isSelected: boolean
  readonly onSelect: ((id: string) => void) | undefined
  readonly onPoint: (id: string | undefined) => void
}

const Node = memo(({ node, placed, isSelected, onSelect, onPoint }: NodeProps) => {
  const { id, title, subtitle, figures, warning = '', description } = node
  const place = placed.nodes.get(id)
  if (!place) return null
  return (
    <button
      type="button"
      className={styles['node']}
      style={{
        left: place.x - NODE_WIDTH / 2,
        top: place.y - NODE_HEIGHT / 2,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
      }}
      aria-pressed={isSelected}
      title={description}
      onClick={() => onSelect?.(id)}
      onPointerEnter={() => onPoint(id)}
      onPointerLeave={() => onPoint(undefined)}
      onFocus={() => onPoint(id)}
      onBlur={() => onPoint(undefined)}
    >
      <Ring node={node} />
      <span className={styles['text']}>
        <span className={styles['titleLine']}>
          <span className={styles['title']}>{title}</span>
          {warning !== '' && <span className={styles['warning']}>{warning}</span>}
        </span>
        {subtitle !== '' && <span className={styles['subtitle']}>{subtitle}</span>}
        <span className={styles['figures']}>{figures.join(' · ')}</span>
      </span>
    </button>
  )
})

const RADIUS = 12
const AROUND = 2 * Math.PI * RADIUS

/** What a node consists of, as a ring. */
function Ring({ node: { shares, color } }: { readonly node: GraphNode }) {
  const parts = shares.length > 0 ? shares : [{ share: 1, color: color ?? 'var(--v-dim)' }]
  return (
    <svg className={styles['ring']} viewBox="-16 -16 32 32" aria-hidden>
      <circle r={RADIUS} className={styles['ringBack']} />
      {parts.map((part, i) => {
        const from = parts.slice(0, i).reduce((sum, { share }) => sum + share, 0)
        return (
          <circle
            key={i}
            r={RADIUS}
            style={{ stroke: part.color }}
            strokeDasharray={`${part.share * AROUND} ${AROUND}`}
            strokeDashoffset={-from * AROUND}
            transform="rotate(-90)"
          />
        )
      })}
    </svg>
  )
}
