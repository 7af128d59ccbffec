import { lazy, Suspense } from 'react'
import { whyNoPanelType } from '../../../src/lang/dashboard/find-unsupported.ts'
import { LoadingState } from '../shell/states.tsx'
import { AlertlistPanel } from './alertlist-panel.tsx'
import { BarchartPanel } from './barchart-panel.tsx'
import { BargaugePanel } from './bargauge-panel.tsx'
import { DashlistPanel } from './dashlist-panel.tsx'
import { GaugePanel } from './gauge-panel.tsx'
import { HeatmapPanel } from './heatmap-panel.tsx'
import { HistogramPanel } from './histogram-panel.tsx'
import { LogsPanel } from './logs-panel.tsx'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'
import { PiePanel } from './pie-panel.tsx'
import { StatPanel } from './stat-panel.tsx'
import { TablePanel } from './table-panel.tsx'
import { TextPanel } from './text-panel.tsx'
import { TimelinePanel } from './timeline-panel.tsx'
import { TimeseriesPanel } from './timeseries-panel.tsx'

/** It brings the layout of graphs with it. */
const NodeGraphPanel = lazy(async () => {
  const { NodeGraphPanel: loaded } = await import('./node-graph-panel.tsx')
  return { default: loaded }
})

const TracesPanel = lazy(async () => {
  const { TracesPanel: loaded } = await import('./traces-panel.tsx')
  return { default: loaded }
})

/** Panels that show something without data of their own. */
export const NEEDS_NO_DATA: ReadonlySet<string> = new Set(['text', 'dashlist', 'alertlist'])

/** The inside of a panel: its drawing, or why there is none. */
export function PanelView(props: PanelProps) {
  const { type, libraryPanel } = props.panel
  if (type === '' && libraryPanel) {
    const name = libraryPanel.name || libraryPanel.uid
    return (
      <PanelNote
        text={`Not shown: the library panel “${name}” is not in the dashboard’s file. Export the dashboard with its library panels.`}
      />
    )
  }
  const reason = whyNoPanelType(type)
  if (reason !== undefined) return <PanelNote text={`Not shown: ${reason}`} />
  const isEmpty = props.frames.every((frame) => frame.length === 0)
  if (isEmpty && !NEEDS_NO_DATA.has(type)) return <PanelNote text={noDataText(props)} />
  switch (type) {
    case 'timeseries':
      return <TimeseriesPanel {...props} />
    case 'stat':
      return <StatPanel {...props} />
    case 'gauge':
      return <GaugePanel {...props} />
    case 'bargauge':
      return <BargaugePanel {...props} />
    case 'table':
      return <TablePanel {...props} />
    case 'piechart':
      return <PiePanel {...props} />
    case 'heatmap':
      return <HeatmapPanel {...props} />
    case 'histogram':
      return <HistogramPanel {...props} />
    case 'state-timeline':
    case 'status-history':
      return <TimelinePanel {...props} />
    case 'barchart':
      return <BarchartPanel {...props} />
    case 'logs':
      return <LogsPanel {...props} />
    case 'traces':
      return (
        <Suspense fallback={<LoadingState />}>
          <TracesPanel {...props} />
        </Suspense>
      )
    case 'nodeGraph':
      return (
        <Suspense fallback={<LoadingState />}>
          <NodeGraphPanel {...props} />
        </Suspense>
      )
    case 'text':
      return <TextPanel {...props} />
    case 'dashlist':
      return <DashlistPanel {...props} />
    case 'alertlist':
      return <AlertlistPanel {...props} />
    default:
      return null
  }
}

/** A word in place of a drawing, also in the smallest panel. */
function PanelNote({ text }: { readonly text: string }) {
  return <div className={styles['noteBox']}>{text}</div>
}

function noDataText({ panel }: PanelProps): string {
  const { noValue } = panel.fieldConfig.defaults
  return typeof noValue === 'string' && noValue !== '' ? noValue : 'No data'
}
