import type uPlot from 'uplot'
import { formatDateTime } from '../time/format-time.ts'
import type { ChartData, ChartPoint } from './chart-data.ts'
import type { ChartFrame, TooltipOptions } from './chart-options.ts'
import styles from './chart.module.css'
import { tooltipRows } from './tooltip-rows.ts'

/** What the tooltip reads when it is drawn; asked anew each time. */
export interface TooltipSource {
  readonly data: ChartData
  readonly frame: ChartFrame
  readonly options: TooltipOptions
  /** The dot under the pointer, which is then what the tooltip tells of. */
  readonly point: ChartPoint | undefined
  readonly formatPoint: (value: number) => string
  isHidden(index: number): boolean
  colorOf(index: number): string
  format(index: number, value: number): string
}

/** Follows the pointer with the values of its time. It is drawn outside of React, at most once a frame. */
export function tooltipPlugin(read: () => TooltipSource): uPlot.Plugin {
  const box = document.createElement('div')
  box.className = styles['tooltip'] ?? ''
  box.setAttribute('aria-hidden', 'true')
  let frame = 0
  let isOver = false
  let focused: number | undefined
  const hide = (): void => {
    box.style.display = 'none'
  }
  const draw = (plot: uPlot): void => {
    frame = 0
    const at = plot.cursor.idx
    if (!isOver || at === null || at === undefined) return hide()
    if (fill(box, read(), at, focused)) place(box, plot)
    else hide()
  }
  const schedule = (plot: uPlot): void => {
    if (frame === 0) frame = requestAnimationFrame(() => draw(plot))
  }
  return {
    hooks: {
      ready: (plot: uPlot) => {
        document.body.append(box)
        hide()
        const over = (state: boolean) => () => {
          isOver = state
          if (state) schedule(plot)
          else hide()
        }
        plot.over.addEventListener('mouseenter', over(true))
        plot.over.addEventListener('mouseleave', over(false))
      },
      setCursor: schedule,
      setSeries: (plot: uPlot, index: number | null) => {
        focused = index === null || index === 0 ? undefined : index - 1
        schedule(plot)
      },
      destroy: () => {
        cancelAnimationFrame(frame)
        box.remove()
      },
    },
  }
}

/** False when there is nothing to say. */
function fill(box: HTMLElement, source: TooltipSource, at: number, focused?: number): boolean {
  const { data, frame, options, point } = source
  if (point !== undefined) return fillPoint(box, source, point)
  const timeMs = data.timesMs[at]
  const isHidden = (index: number): boolean => source.isHidden(index)
  const { rows, omitted } = tooltipRows(data, at, focused, options, isHidden)
  if (timeMs === undefined || rows.length === 0) return false
  const head = element('div', styles['tooltipTime'], formatDateTime(timeMs, frame.zone))
  const lines = rows.map(({ index, value }) => {
    const line = element('div', styles['tooltipRow'])
    if (index === focused) line.classList.add(styles['focused'] ?? '')
    const mark = element('span', styles['mark'])
    mark.style.background = source.colorOf(index)
    const name = element('span', styles['tooltipName'], data.series[index]?.name)
    line.append(mark, name, element('span', styles['tooltipValue'], source.format(index, value)))
    return line
  })
  const more = omitted > 0 ? [element('div', styles['tooltipTime'], `and ${omitted} more`)] : []
  box.replaceChildren(head, ...lines, ...more)
  return true
}

function fillPoint(box: HTMLElement, source: TooltipSource, point: ChartPoint): boolean {
  const { zone } = source.frame
  const row = (name: string, value: string): HTMLElement => {
    const line = element('div', styles['tooltipRow'])
    line.append(
      element('span', styles['tooltipName'], name),
      element('span', styles['tooltipValue'], value),
    )
    return line
  }
  const head = row(point.title, source.formatPoint(point.value))
  head.classList.add(styles['focused'] ?? '')
  const time = element('div', styles['tooltipTime'], formatDateTime(point.timeMs, zone))
  const labels = point.labels.map(({ name, value }) => row(name, value))
  box.replaceChildren(head, time, ...labels)
  return true
}

function element(tag: 'div' | 'span', className = '', text = ''): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}

const GAP_PX = 14

/** Beside the pointer, on the side where there is room. */
function place(box: HTMLElement, plot: uPlot): void {
  box.style.display = 'block'
  const over = plot.over.getBoundingClientRect()
  const { left = 0, top = 0 } = plot.cursor
  const x = over.left + left
  const y = over.top + top
  const { offsetWidth: width, offsetHeight: height } = box
  const fitsRight = x + GAP_PX + width < innerWidth
  const boxLeft = fitsRight ? x + GAP_PX : Math.max(4, x - GAP_PX - width)
  const boxTop = Math.max(4, Math.min(y + GAP_PX, innerHeight - height - 4))
  box.style.transform = `translate(${Math.round(boxLeft)}px, ${Math.round(boxTop)}px)`
}
