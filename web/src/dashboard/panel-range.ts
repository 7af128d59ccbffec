import type { Panel } from '../../../src/lang/dashboard/model.ts'
import { parseTime } from '../time/date-math.ts'
import type { ResolvedRange } from '../time/time-range.ts'

export interface PanelRange {
  readonly range: ResolvedRange
  /** What the title says of it; undefined when the panel has the page's range. */
  readonly label?: string
}

/** The range of a panel that has its own (`timeFrom: 2h`) or looks into the past (`timeShift: 1d`). */
export function panelRange(panel: Panel, page: ResolvedRange, zone: string): PanelRange {
  const { timeFrom, timeShift } = panel
  if (timeFrom === undefined && timeShift === undefined) return { range: page }
  const at = (text: string, nowMs: number): number | undefined =>
    parseTime(text.startsWith('now') ? text : `now-${text}`, { nowMs, zone, roundsUp: false })
  let { fromMs, toMs } = page
  const labels: string[] = []
  if (timeFrom !== undefined) {
    const startMs = at(timeFrom, Date.now())
    if (startMs !== undefined) {
      toMs = Math.max(page.toMs, startMs + 1000)
      fromMs = toMs - (Date.now() - startMs)
      labels.push(`Last ${timeFrom.replace(/^now-/, '')}`)
    }
  }
  if (timeShift !== undefined) {
    const [from, to] = [at(timeShift, fromMs), at(timeShift, toMs)]
    if (from !== undefined && to !== undefined) {
      ;[fromMs, toMs] = [from, to]
      labels.push(`${timeShift.replace(/^now-/, '')} earlier`)
    }
  }
  if (labels.length === 0 || panel.hideTimeOverride) return { range: { fromMs, toMs } }
  return { range: { fromMs, toMs }, label: labels.join(', ') }
}
