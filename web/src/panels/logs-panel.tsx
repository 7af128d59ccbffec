import { useMemo } from 'react'
import type { JsonObject } from '../../../src/lang/dashboard/json-value.ts'
import { LogLines, type LinesLook } from '../logs/log-lines.tsx'
import type { LogLine } from '../logs/log-line.ts'
import { linesOfFrames } from './frames/line-frames.ts'
import { commonLabels, readLines } from './log-lines-of.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'

/** Log lines, as the panel's options want them in order, form and number. */
export function LogsPanel({ panel, frames, title, zone }: PanelProps) {
  const { options } = panel
  const all = useMemo(() => linesOfFrames(frames), [frames])
  const lines = useMemo(() => readLines(all, options), [all, options])
  const look = useMemo(() => lookOf(options), [options])
  return (
    <div className={styles['logs']}>
      {options['showCommonLabels'] === true && <CommonLabels lines={lines} />}
      <LogLines
        label={title === '' ? 'Log lines' : `${title}: lines`}
        {...{ lines, zone, look }}
        keepsEnd={options['sortOrder'] === 'Ascending'}
      />
    </div>
  )
}

/** Grafana's options of the panel; times are shown unless it says otherwise. */
function lookOf(options: JsonObject): LinesLook {
  return {
    wraps: options['wrapLogMessage'] === true || options['prettifyLogMessage'] === true,
    hidesTime: options['showTime'] === false,
    labels: options['showLabels'] === true ? 'differing' : 'none',
    colorsAnsi: true,
    hidesDetails: options['enableLogDetails'] === false,
  }
}

function CommonLabels({ lines }: { readonly lines: readonly LogLine[] }) {
  const shared = commonLabels(lines)
  if (shared.length === 0) return null
  return (
    <ul className={styles['commonLabels']} aria-label="Labels of all lines">
      {shared.map(([name, value]) => (
        <li key={name}>
          {name}=<strong>{value}</strong>
        </li>
      ))}
    </ul>
  )
}
