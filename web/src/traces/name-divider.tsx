import { useLocalStorage } from '@mantine/hooks'
import { useRef } from 'react'
import styles from './waterfall.module.css'

const [LEAST_PX, MOST_PX, DEFAULT_PX, STEP_PX] = [120, 900, 340, 20]

/** How wide the names of spans are; remembered. */
export function useNameWidth(): readonly [number, (widthPx: number) => void] {
  const [widthPx, setWidthPx] = useLocalStorage({
    key: 'vedette.traces.names',
    defaultValue: DEFAULT_PX,
    getInitialValueInEffect: false,
  })
  return [clamp(widthPx), (wanted) => setWidthPx(clamp(wanted))]
}

function clamp(widthPx: number): number {
  return Number.isFinite(widthPx) ? Math.max(LEAST_PX, Math.min(MOST_PX, widthPx)) : DEFAULT_PX
}

export interface NameDividerProps {
  readonly widthPx: number
  readonly onChange: (widthPx: number) => void
}

/** Between names and bars: dragged, or moved by arrow keys. */
export function NameDivider({ widthPx, onChange }: NameDividerProps) {
  const begun = useRef<number | undefined>(undefined)
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the names"
      aria-valuenow={Math.round(widthPx)}
      aria-valuemin={LEAST_PX}
      aria-valuemax={MOST_PX}
      className={styles['divider']}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        begun.current = event.clientX - widthPx
      }}
      onPointerMove={({ clientX }) => {
        if (begun.current !== undefined) onChange(clientX - begun.current)
      }}
      onPointerUp={() => {
        begun.current = undefined
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') onChange(widthPx - STEP_PX)
        else if (event.key === 'ArrowRight') onChange(widthPx + STEP_PX)
        else return
        event.preventDefault()
      }}
    />
  )
}
