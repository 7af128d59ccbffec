import { useRef, useState, type PointerEvent } from 'react'

export interface DragZoom {
  /** What is chosen while the pointer is down, as shares of the width. */
  readonly chosen: readonly [from: number, to: number] | undefined
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void
    readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void
    readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void
    readonly onPointerCancel: () => void
  }
}

/** Less than this is a click. */
const LEAST_SHARE = 0.004

/** Lets a person choose a part of an element's width by a drag. */
export function useDragZoom(onZoom: (from: number, to: number) => void): DragZoom {
  const begun = useRef<number | undefined>(undefined)
  const [chosen, setChosen] = useState<readonly [number, number] | undefined>()
  const end = (): void => {
    begun.current = undefined
    setChosen(undefined)
  }
  return {
    chosen,
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        begun.current = shareOf(event)
      },
      onPointerMove: (event) => {
        if (begun.current !== undefined) setChosen([begun.current, shareOf(event)])
      },
      onPointerUp: (event) => {
        const from = begun.current
        end()
        if (from === undefined) return
        const to = shareOf(event)
        if (Math.abs(to - from) > LEAST_SHARE) onZoom(from, to)
      },
      onPointerCancel: end,
    },
  }
}

function shareOf({ currentTarget, clientX }: PointerEvent<HTMLElement>): number {
  const { left, width } = currentTarget.getBoundingClientRect()
  return Math.max(0, Math.min(1, (clientX - left) / Math.max(1, width)))
}
